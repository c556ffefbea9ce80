#include "acme/name.h"

#include "uri/authority.h"

#include <array>
#include <cstdint>

#include <arpa/inet.h>

namespace cais::acme {

bool Name::is_address() const noexcept { return uri::is_ipv4(text) || uri::is_ipv6(text); }

std::string Name::server_name() const
{
    if (!is_address()) return std::string(base());
    std::array<std::uint8_t, 16> octets{};
    std::string name;
    if (uri::is_ipv4(text)) {
        ::inet_pton(AF_INET, text.c_str(), octets.data());
        for (int i = 3; i >= 0; --i) name += std::to_string(octets[static_cast<std::size_t>(i)]) + ".";
        return name + "in-addr.arpa";
    }
    ::inet_pton(AF_INET6, text.c_str(), octets.data());
    constexpr std::string_view digits = "0123456789abcdef";
    for (int i = 15; i >= 0; --i) {
        const auto octet = octets[static_cast<std::size_t>(i)];
        ((name += digits[octet & 15]) += '.') += digits[octet >> 4];
        name += '.';
    }
    return name + "ip6.arpa";
}

std::string Name::file_name() const { return is_wildcard() ? "_wildcard." + std::string(base()) : text; }

}  // namespace cais::acme
