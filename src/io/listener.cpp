#include "io/listener.h"

#include "io/loop.h"

#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace cais::io {
namespace {

void set(int socket, int level, int option, int value) noexcept
{
    ::setsockopt(socket, level, option, &value, sizeof value);
}

}  // namespace

Result<Descriptor> listen_at(const Address& address, const ListenOptions& options)
{
    sockaddr_storage socket_address;
    const auto length = address.fill(socket_address);
    Descriptor socket(::socket(socket_address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return fail_errno("make a socket");
    set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    // [::]:80 does not take 0.0.0.0:80 with it: each address that is named is one listener.
    if (address.family == Address::Family::ip6) set(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (options.share == ListenOptions::Share::joins) set(socket.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&socket_address), length) != 0)
        return fail_errno("listen there");
    // Bound without SO_REUSEPORT, so that another program's listener was an error; now the other loops may join.
    if (options.share == ListenOptions::Share::first) set(socket.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    if (options.defer_accept) set(socket.get(), IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
    set(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);  // inherited by what is accepted
    if (::listen(socket.get(), options.backlog) != 0) return fail_errno("listen there");
    return socket;
}

Address local_address(int socket)
{
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
    return Address::of(address);
}

Result<Accepted> Listener::try_accept() noexcept
{
    for (;;) {
        sockaddr_storage address;
        socklen_t length = sizeof address;
        const int socket =
            ::accept4(source_.fd(), reinterpret_cast<sockaddr*>(&address), &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket >= 0) return Accepted{Descriptor(socket), Address::of(address)};
        switch (errno) {
        case EAGAIN: source_.would_block(); return Accepted{};
        case EINTR:
        case ECONNABORTED:  // that connection is gone, the next may not be; the rest is the network's, accept(2)
        case EPROTO:
        case EPERM:
        case ENETDOWN:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case ENONET:
        case EHOSTUNREACH:
        case ENETUNREACH:
        case ETIMEDOUT: continue;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM: return fail_errno("accept a connection");
        default: source_.would_block(); return fail_errno("accept a connection");
        }
    }
}

std::uint32_t Listener::waiting() const noexcept
{
    tcp_info info{};
    socklen_t length = sizeof info;
    if (::getsockopt(source_.fd(), IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return ListenOptions{}.backlog;
    return info.tcpi_unacked;  // of a socket that listens: its queue
}

DescriptorFreed::DescriptorFreed(base::Duration limit) noexcept
    : ListedWait(Loop::current()->starved(), limit)
{
}

}  // namespace cais::io
