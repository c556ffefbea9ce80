#include "client/resolve.h"

#include "io/pool.h"
#include "uri/authority.h"

#include <cstring>
#include <netdb.h>

#include <netinet/in.h>
#include <sys/socket.h>

namespace cais::client {
namespace {

constexpr std::size_t most_addresses = 16;

Result<std::vector<io::Address>> look_up(const std::string& host, std::uint16_t port, int flags)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo* found = nullptr;
    const int fault = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (fault == EAI_NONAME || fault == EAI_NODATA) return fail(Error::not_found, "the name has no address");
    if (fault == EAI_AGAIN) return fail(Error::failed, "no name server answered");
    if (fault == EAI_SYSTEM) return fail_errno("look up the name");
    if (fault != 0) return fail(Error::failed, ::gai_strerror(fault));
    std::vector<io::Address> addresses;
    for (const addrinfo* at = found; at != nullptr && addresses.size() < most_addresses; at = at->ai_next) {
        sockaddr_storage storage{};
        std::memcpy(&storage, at->ai_addr, at->ai_addrlen);
        io::Address address = io::Address::of(storage);
        address.port = port;
        if (address.family != io::Address::Family::none) addresses.push_back(address);
    }
    ::freeaddrinfo(found);
    if (addresses.empty()) return fail(Error::not_found, "the name has no address");
    return addresses;
}

}  // namespace

io::Task<Result<std::vector<io::Address>>> resolve(std::string host, std::uint16_t port, base::Duration limit)
{
    if (uri::is_ipv4(host) || uri::is_ipv6(host)) co_return look_up(host, port, AI_NUMERICHOST);
    auto found =
        co_await io::Loop::current()->pool().run([host, port] { return look_up(host, port, AI_ADDRCONFIG); }, limit);
    if (!found) co_return std::unexpected(found.error());
    co_return std::move(*found);
}

}  // namespace cais::client
