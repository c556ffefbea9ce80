#include "server/channel.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::server {
namespace {

constexpr int most_wait_ms = 5000;
constexpr std::size_t most_packed = std::size_t{64} << 20;

struct Head {
    std::uint32_t kind;
    std::uint32_t number;
};

bool write_whole(int file, const void* from, std::size_t octets)
{
    const auto* at = static_cast<const char*>(from);
    while (octets > 0) {
        const ssize_t written = ::write(file, at, octets);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        at += written;
        octets -= static_cast<std::size_t>(written);
    }
    return true;
}

}  // namespace

Result<Channel::Pair> Channel::make()
{
    std::array<int, 2> sockets{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets.data()) != 0)
        return fail_errno("make a channel");
    return Pair{io::Descriptor(sockets[0]), io::Descriptor(sockets[1])};
}

std::optional<Result<Message>> Channel::try_receive()
{
    Head head{};
    std::string text(most_text, '\0');
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * 253)> beside;
    std::array<iovec, 2> parts{{{&head, sizeof head}, {text.data(), text.size()}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    message.msg_control = beside.data();
    message.msg_controllen = beside.size();
    const ssize_t got = ::recvmsg(source_.fd(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
    Message received;
    if (got > 0) {
        for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
            if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_RIGHTS) continue;
            const std::size_t count = (one->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            for (std::size_t i = 0; i < count; ++i) {
                int fd = -1;
                std::memcpy(&fd, CMSG_DATA(one) + i * sizeof fd, sizeof fd);
                received.descriptors.emplace_back(fd);
            }
        }
    }
    if (got <= 0) return Result<Message>(fail(Error::ended, "the other process has gone"));
    if (static_cast<std::size_t>(got) < sizeof head || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
        return Result<Message>(fail(Error::malformed, "a message of the other process is not whole"));
    text.resize(static_cast<std::size_t>(got) - sizeof head);
    received.kind = static_cast<Message::Kind>(head.kind);
    received.number = head.number;
    received.text = std::move(text);
    return Result<Message>(std::move(received));
}

io::Task<Result<Message>> Channel::receive()
{
    for (;;) {
        auto message = try_receive();
        if (message) co_return std::move(*message);
        source_.would_block();
        const bool goes_on = co_await io::Readable(source_);
        if (!goes_on) co_return fail(Error::cancelled, "no longer listening to the other process");
    }
}

Result<Message> Channel::receive_blocking(base::Duration limit)
{
    const base::Instant until = base::now() + limit;
    for (;;) {
        if (auto message = try_receive()) return std::move(*message);
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - base::now()).count();
        if (left <= 0) return fail(Error::timed_out, "the other process says nothing");
        pollfd waiting{source_.fd(), POLLIN, 0};
        ::poll(&waiting, 1, static_cast<int>(std::min<long>(left, 60'000)));
    }
}

bool Channel::send(Message::Kind kind, std::uint32_t number, std::string_view text, const std::vector<int>& descriptors)
{
    text = text.substr(0, most_text);
    if (descriptors.size() > most_descriptors) return false;
    Head head{kind, number};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * most_descriptors)> beside{};
    std::array<iovec, 2> parts{{{&head, sizeof head}, {const_cast<char*>(text.data()), text.size()}}};  // NOLINT: iovec
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    if (!descriptors.empty()) {
        const std::size_t octets = descriptors.size() * sizeof(int);
        message.msg_control = beside.data();
        message.msg_controllen = CMSG_SPACE(octets);
        cmsghdr* one = CMSG_FIRSTHDR(&message);
        one->cmsg_level = SOL_SOCKET;
        one->cmsg_type = SCM_RIGHTS;
        one->cmsg_len = CMSG_LEN(octets);
        std::memcpy(CMSG_DATA(one), descriptors.data(), octets);
    }
    for (;;) {
        if (::sendmsg(source_.fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return true;
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return false;
        pollfd waiting{source_.fd(), POLLOUT, 0};
        if (::poll(&waiting, 1, most_wait_ms) == 0) return false;
    }
}

Result<io::Descriptor> pack(const std::vector<std::string>& texts)
{
    io::Descriptor file(::memfd_create("cais", MFD_CLOEXEC));
    if (!file) return fail_errno("make a file in memory");
    for (const auto& text : texts) {
        const std::uint64_t octets = text.size();
        if (!write_whole(file.get(), &octets, sizeof octets) || !write_whole(file.get(), text.data(), text.size()))
            return fail_errno("write a file in memory");
    }
    return file;
}

Result<std::vector<std::string>> unpack(int file)
{
    struct stat status{};
    if (::fstat(file, &status) != 0) return fail_errno("look at a file in memory");
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > most_packed) return fail(Error::too_large, "what was handed over is too large");
    std::string octets(size, '\0');
    for (std::size_t at = 0; at < size;) {
        const ssize_t got = ::pread(file, octets.data() + at, size - at, static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return fail_errno("read a file in memory");
        at += static_cast<std::size_t>(got);
    }
    std::vector<std::string> texts;
    for (std::size_t at = 0; at < size;) {
        std::uint64_t length = 0;
        if (size - at < sizeof length) return fail(Error::malformed, "what was handed over is cut");
        std::memcpy(&length, octets.data() + at, sizeof length);
        at += sizeof length;
        if (size - at < length) return fail(Error::malformed, "what was handed over is cut");
        texts.emplace_back(octets, at, length);
        at += length;
    }
    return texts;
}

}  // namespace cais::server
