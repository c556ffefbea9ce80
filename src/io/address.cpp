#include "io/address.h"

#include "base/text.h"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace cais::io {

Result<Address> Address::parse(std::string_view text)
{
    // The C functions below would stop at a NUL, and take what stands before it.
    if (text.contains('\0')) return fail(Error::malformed, "an address holds no NUL");
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return fail(Error::malformed, "an address needs a port: 127.0.0.1:8080 or [::1]:8080");
    const auto port = base::parse_decimal(text.substr(colon + 1));
    if (!port || *port > 65535) return fail(Error::malformed, "the port is no number from 0 to 65535");
    std::string host(text.substr(0, colon));
    Address address;
    address.port = static_cast<std::uint16_t>(*port);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        address.family = Family::ip6;
        if (::inet_pton(AF_INET6, host.c_str(), address.ip.data()) != 1)
            return fail(Error::malformed, "the address between [ and ] is no IPv6 address");
        return address;
    }
    address.family = Family::ip4;
    if (::inet_pton(AF_INET, host.c_str(), address.ip.data()) != 1)
        return fail(Error::malformed, "the address is no IPv4 address, and an IPv6 address needs brackets");
    return address;
}

Address Address::of(const sockaddr_storage& socket_address) noexcept
{
    Address address;
    if (socket_address.ss_family == AF_INET) {
        sockaddr_in from;
        std::memcpy(&from, &socket_address, sizeof from);
        address.family = Family::ip4;
        address.port = ntohs(from.sin_port);
        std::memcpy(address.ip.data(), &from.sin_addr, 4);
    } else if (socket_address.ss_family == AF_INET6) {
        sockaddr_in6 from;
        std::memcpy(&from, &socket_address, sizeof from);
        address.family = Family::ip6;
        address.port = ntohs(from.sin6_port);
        std::memcpy(address.ip.data(), &from.sin6_addr, 16);
    }
    return address;
}

unsigned Address::fill(sockaddr_storage& to) const noexcept
{
    std::memset(&to, 0, sizeof to);
    if (family == Family::ip4) {
        sockaddr_in as{};
        as.sin_family = AF_INET;
        as.sin_port = htons(port);
        std::memcpy(&as.sin_addr, ip.data(), 4);
        std::memcpy(&to, &as, sizeof as);
        return sizeof as;
    }
    if (family == Family::none) {
        to.ss_family = AF_UNSPEC;
        return sizeof to.ss_family;
    }
    sockaddr_in6 as{};
    as.sin6_family = AF_INET6;
    as.sin6_port = htons(port);
    std::memcpy(&as.sin6_addr, ip.data(), 16);
    std::memcpy(&to, &as, sizeof as);
    return sizeof as;
}

std::size_t Address::write_ip(char* to) const noexcept
{
    if (family == Family::none) return 0;
    if (family == Family::ip4) {
        char* at = to;
        for (int i = 0; i < 4; ++i) {
            if (i > 0) *at++ = '.';
            const unsigned octet = ip[static_cast<std::size_t>(i)];
            if (octet >= 100) *at++ = static_cast<char>('0' + octet / 100);
            if (octet >= 10) *at++ = static_cast<char>('0' + octet / 10 % 10);
            *at++ = static_cast<char>('0' + octet % 10);
        }
        return static_cast<std::size_t>(at - to);
    }
    if (::inet_ntop(AF_INET6, ip.data(), to, 46) == nullptr) return 0;
    return std::strlen(to);
}

std::string Address::ip_text() const
{
    char text[46];
    return {text, write_ip(text)};
}

std::string Address::text() const
{
    const std::string host = ip_text();
    return (family == Family::ip6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace cais::io
