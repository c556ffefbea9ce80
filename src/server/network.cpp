#include "server/network.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace cais::server {
namespace {

using Family = io::Address::Family;

io::Address without_mapping(const io::Address& address) noexcept
{
    constexpr std::array<std::uint8_t, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (address.family != Family::ip6 || !std::equal(mapped.begin(), mapped.end(), address.ip.begin())) return address;
    io::Address inner;
    inner.family = Family::ip4;
    inner.port = address.port;
    std::copy(address.ip.begin() + 12, address.ip.end(), inner.ip.begin());
    return inner;
}

// Whether the first `bits` bits are the same.
bool is_alike(const std::array<std::uint8_t, 16>& a, const std::array<std::uint8_t, 16>& b, unsigned bits) noexcept
{
    const std::size_t whole = bits / 8;
    if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
    const unsigned left = bits % 8;
    return left == 0 || ((a[whole] ^ b[whole]) >> (8 - left)) == 0;
}

}  // namespace

Result<Network> Network::parse(std::string_view text)
{
    const std::size_t slash = text.find('/');
    std::string_view host = text.substr(0, slash);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto address =
        io::Address::parse(host.contains(':') ? "[" + std::string(host) + "]:0" : std::string(host) + ":0");
    if (!address)
        return fail(Error::malformed,
                    "a network is an address and the length of its prefix: 10.0.0.0/8 or 2001:db8::/32");
    const unsigned most = address->family == Family::ip4 ? 32 : 128;
    Network network{*address, most};
    if (slash == std::string_view::npos) return network;
    const auto bits = base::parse_decimal(text.substr(slash + 1));
    if (!bits || *bits > most)
        return fail(Error::malformed, "the length of a prefix is at most 32 for IPv4 and 128 for IPv6");
    network.bits = static_cast<unsigned>(*bits);
    for (unsigned bit = network.bits; bit < most; ++bit)
        if ((address->ip[bit / 8] >> (7 - bit % 8)) & 1)
            return fail(Error::malformed,
                        "the address has bits behind its prefix: it is a host of the network, not the network");
    return network;
}

bool Network::has(const io::Address& other) const noexcept
{
    const io::Address plain = without_mapping(other);
    return plain.family == address.family && is_alike(address.ip, plain.ip, bits);
}

std::string Network::text() const { return address.ip_text() + "/" + std::to_string(bits); }

}  // namespace cais::server
