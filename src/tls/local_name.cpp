#include "tls/local_name.h"

#include "base/text.h"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>

namespace cais::tls {
namespace {

// RFC 1123 §2.1, and the underscore that resolvers pass.
bool is_label(std::string_view label)
{
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, [](char c) { return base::is_alphanumeric(c) || c == '-' || c == '_'; });
}

bool is_dns_name(std::string_view name)
{
    if (name.size() > 253) return false;
    while (true) {
        const auto dot = name.find('.');
        if (!is_label(name.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        name.remove_prefix(dot + 1);
    }
}

bool is_at_or_below(std::string_view name, std::string_view domain)
{
    if (name.size() < domain.size()) return false;
    const auto above = name.size() - domain.size();
    return base::equals_ignoring_case(name.substr(above), domain) && (above == 0 || name[above - 1] == '.');
}

// Whether all of the addresses that are `address` under `mask` are in `network`.
bool is_within(std::span<const std::uint8_t> address, std::span<const std::uint8_t> mask, const Network& network)
{
    std::array<std::uint8_t, 16> first{};
    std::array<std::uint8_t, 16> wider{};
    if (parse_ip(network.address, first) != address.size()) return false;
    parse_ip(network.mask, wider);
    for (std::size_t i = 0; i < address.size(); ++i)
        if ((mask[i] & wider[i]) != wider[i] || (address[i] & wider[i]) != first[i]) return false;
    return true;
}

}  // namespace

std::size_t parse_ip(std::string_view text, std::span<std::uint8_t, 16> to) noexcept
{
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size() || text.contains('\0')) return 0;
    std::ranges::copy(text, terminated.begin());
    if (::inet_pton(AF_INET, terminated.data(), to.data()) == 1) return 4;
    if (::inet_pton(AF_INET6, terminated.data(), to.data()) == 1) return 16;
    return 0;
}

bool is_local_network(std::span<const std::uint8_t> address, std::span<const std::uint8_t> mask) noexcept
{
    return address.size() == mask.size() && std::ranges::any_of(local_networks, [&](const Network& network) {
               return is_within(address, mask, network);
           });
}

bool is_local_name(std::string_view name) noexcept
{
    std::array<std::uint8_t, 16> address{};
    if (const auto octets = parse_ip(name, address); octets != 0) {
        std::array<std::uint8_t, 16> alone{};
        alone.fill(0xFF);
        return is_local_network(std::span(address).first(octets), std::span(alone).first(octets));
    }
    if (name.starts_with("*.")) {
        name.remove_prefix(2);
        if (!name.contains('.')) return false;
    }
    return is_dns_name(name) &&
           std::ranges::any_of(local_domains, [&](std::string_view domain) { return is_at_or_below(name, domain); });
}

}  // namespace cais::tls
