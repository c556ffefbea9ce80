#include "io/connect.h"

#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace cais::io {

Task<Result<std::unique_ptr<TcpStream>>> connect(Address to, base::Duration limit)
{
    sockaddr_storage address;
    const auto length = to.fill(address);
    Descriptor socket(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) co_return fail_errno("make a socket");
    const int fd = socket.get();
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const bool is_done = ::connect(fd, reinterpret_cast<sockaddr*>(&address), length) == 0;
    // EINTR, too: it goes on by itself (connect(2)).
    if (!is_done && errno != EINPROGRESS && errno != EINTR) co_return fail_errno("connect");
    auto stream = std::make_unique<TcpStream>(std::move(socket));
    if (is_done) co_return stream;

    stream->begin_connecting();
    auto ready = co_await stream->ready(Stream::For::writing, limit);
    if (!ready && ready.error().kind == Error::timed_out) co_return fail_errno("connect", ETIMEDOUT);
    if (!ready) co_return std::unexpected(ready.error());
    int fault = 0;
    socklen_t size = sizeof fault;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &size);
    if (fault != 0) co_return fail_errno("connect", fault);
    co_return stream;
}

}  // namespace cais::io
