#include "io/tcp.h"

#include <array>
#include <cerrno>

#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace cais::io {

Progress TcpStream::failed(int number) noexcept
{
    source_.failed();
    return {Progress::failed, number};
}

Progress TcpStream::try_read(std::span<char> into) noexcept
{
    if (!source_.may_read()) return {Progress::blocked};
    for (;;) {
        const ssize_t got = ::recv(source_.fd(), into.data(), into.size(), 0);
        if (got > 0) {
            // Less than there was room for: the socket is drained, and the next event tells of more.
            if (static_cast<std::size_t>(got) < into.size()) source_.drained();
            return {Progress::done, 0, static_cast<std::size_t>(got)};
        }
        if (got == 0) {
            // A reset whose error a write has met already looks like the end: what had not arrived never will.
            if (source_.has_failed()) return {Progress::failed, ECONNRESET};
            return {Progress::ended};
        }
        if (errno == EINTR) continue;
        if (errno == EAGAIN) {
            source_.would_block();
            return {Progress::blocked};
        }
        return failed(errno);
    }
}

Progress TcpStream::try_write(std::span<const std::string_view> pieces, More more) noexcept
{
    if (!source_.may_write()) return {Progress::blocked};
    const int flags = MSG_NOSIGNAL | (more == More::yes ? MSG_MORE : 0);
    std::size_t wanted = 0;
    for (;;) {
        ssize_t sent = 0;
        if (pieces.size() == 1) {
            wanted = pieces[0].size();
            sent = ::send(source_.fd(), pieces[0].data(), wanted, flags);
        } else {
            std::array<iovec, 16> vectors;
            std::size_t count = 0;
            wanted = 0;
            for (const auto piece : pieces) {
                if (piece.empty() || count == vectors.size()) continue;
                vectors[count++] = {const_cast<char*>(piece.data()), piece.size()};  // NOLINT: iovec has no const
                wanted += piece.size();
            }
            msghdr message{};
            message.msg_iov = vectors.data();
            message.msg_iovlen = count;
            sent = ::sendmsg(source_.fd(), &message, flags);
        }
        if (sent >= 0) {
            if (static_cast<std::size_t>(sent) < wanted) source_.filled();
            return {Progress::done, 0, static_cast<std::size_t>(sent)};
        }
        if (errno == EINTR) continue;
        if (errno == EAGAIN) {
            source_.filled();
            return {Progress::blocked};
        }
        return failed(errno);
    }
}

Progress TcpStream::try_send_file(int file, std::uint64_t offset, std::size_t bytes, More) noexcept
{
    if (!source_.may_write()) return {Progress::blocked};
    for (;;) {
        auto at = static_cast<off_t>(offset);
        const ssize_t sent = ::sendfile(source_.fd(), file, &at, bytes);
        if (sent >= 0) {
            // The socket is full, or the file ends here.
            if (static_cast<std::size_t>(sent) < bytes && sent > 0) source_.perhaps_filled();
            return {Progress::done, 0, static_cast<std::size_t>(sent)};
        }
        if (errno == EINTR) continue;
        if (errno == EAGAIN) {
            source_.filled();
            return {Progress::blocked};
        }
        return {Progress::failed, errno};  // the peer's doing or the file's: an event will tell of the peer's
    }
}

std::size_t TcpStream::room() noexcept
{
    if (!source_.may_write()) return 0;
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t length = sizeof memory;
    if (::getsockopt(source_.fd(), SOL_SOCKET, SO_MEMINFO, memory.data(), &length) != 0) return 0;
    const std::size_t queued = memory[SK_MEMINFO_WMEM_QUEUED];
    const std::size_t most = memory[SK_MEMINFO_SNDBUF];
    // As the kernel has it before it tells of room (sk_stream_is_writeable).
    if (queued + queued / 2 > most) {
        source_.perhaps_filled();
        return 0;
    }
    // What a segment of 1,448 octets takes beside them is less than that again.
    constexpr std::size_t set_aside = 8 * 1024;
    constexpr std::size_t least = 512;
    const std::size_t half = (most - queued) / 2;
    return half > set_aside + least ? half - set_aside : least;
}

std::size_t TcpStream::in_flight() const noexcept
{
    int octets = 0;
    return ::ioctl(source_.fd(), SIOCOUTQ, &octets) == 0 && octets > 0 ? static_cast<std::size_t>(octets) : 0;
}

void TcpStream::shut_down() noexcept
{
    ::shutdown(source_.fd(), SHUT_WR);
    source_.wrote_last();
}

void TcpStream::abort() noexcept
{
    const linger at_once{1, 0};
    ::setsockopt(source_.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    source_.close();
}

bool TcpStream::is_ready(For what) const noexcept
{
    switch (what) {
    case For::reading: return source_.may_read();
    case For::writing: return source_.may_write();
    case For::peer_finished: return source_.peer_finished();
    case For::peer_gone: return source_.peer_gone();
    }
    return true;
}

}  // namespace cais::io
