// What these tests share: a coroutine run to its end, a connected pair of sockets, and a bound on waits that should
// never come near it.
#pragma once
#include "io/descriptor.h"
#include "io/loop.h"
#include "io/tcp.h"

#include <chrono>
#include <csignal>
#include <cstddef>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>

namespace cais::io {

using namespace std::chrono_literals;

// Long enough for the slowest sanitizer: what waits this long has failed.
inline constexpr base::Duration long_enough = 30s;

// Runs `function(arguments…)` on a loop of its own.
template <class Function, class... Arguments>
void run(Function function, Arguments&&... arguments)
{
    Loop loop;
    loop.run(function(std::forward<Arguments>(arguments)...));
}

struct Pair {
    Descriptor ours;
    Descriptor theirs;
};

// Two ends of a UNIX stream; ours does not block.
inline Pair unix_pair()
{
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// Two ends of a TCP connection over the loopback; neither blocks.
inline Pair tcp_pair()
{
    std::signal(SIGPIPE, SIG_IGN);  // as io::block_signals does for a program
    const Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(::listen(listener.get(), 1), 0);
    EXPECT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
    Descriptor theirs(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::connect(theirs.get(), reinterpret_cast<sockaddr*>(&address), length);
    Descriptor ours(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    EXPECT_TRUE(ours);
    return {std::move(ours), std::move(theirs)};
}

// Sends through a plain descriptor, as a peer would.
inline void tell(const Descriptor& to, std::string_view text)
{
    EXPECT_EQ(::send(to.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

// Reads from the stream until its end or `bytes` octets; waits where nothing is there.
inline Task<std::string> read_all(Stream& stream, std::size_t bytes = std::string::npos)
{
    std::string text;
    char into[4096];
    while (text.size() < bytes) {
        const Progress progress = stream.try_read({into, std::min(sizeof into, bytes - text.size())});
        if (progress.state == Progress::blocked) {
            auto ready = co_await stream.ready(Stream::For::reading, long_enough);
            if (!ready) {
                ADD_FAILURE() << ready.error().what;
                break;
            }
            continue;
        }
        if (progress.state != Progress::done) break;
        text.append(into, progress.bytes);
    }
    co_return text;
}

}  // namespace cais::io
