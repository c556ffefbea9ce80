#include "modules/auth/failures.h"

#include <algorithm>

namespace cais::auth {

io::Address Failures::subscriber(const io::Address& address) noexcept
{
    io::Address result = address;
    result.port = 0;
    if (address.family != io::Address::Family::ip6) return result;
    // ::ffff:192.0.2.1, RFC 4291 §2.5.5.2.
    const bool is_mapped =
        std::all_of(address.ip.begin(), address.ip.begin() + 10, [](auto octet) { return octet == 0; }) &&
        address.ip[10] == 0xFF && address.ip[11] == 0xFF;
    if (is_mapped) {
        result.family = io::Address::Family::ip4;
        result.ip = {address.ip[12], address.ip[13], address.ip[14], address.ip[15]};
    } else {
        std::fill(result.ip.begin() + 8, result.ip.end(), std::uint8_t{0});
    }
    return result;
}

Sha256 Failures::tag_of(const io::Address& address) const { return key_.mac({text_of(address.ip)}); }

std::uint32_t Failures::left(const Place& place, base::Instant now)
{
    if (place.count == 0) return 0;
    const auto forgotten = (now - place.last) / forgotten_after;
    return forgotten >= place.count ? 0 : place.count - static_cast<std::uint32_t>(forgotten);
}

base::Duration Failures::delay(const io::Address& address, base::Instant now)
{
    const auto from = subscriber(address);
    return places_.with(tag_of(from), [&](auto& set) {
        for (const auto& place : set)
            if (place.count > 0 && place.address == from) return left(place, now) * step;
        return base::Duration::zero();
    });
}

void Failures::add(const io::Address& address, base::Instant now)
{
    const auto from = subscriber(address);
    places_.with(tag_of(from), [&](auto& set) {
        auto* chosen = &set.front();
        for (auto& place : set) {
            if (place.count > 0 && place.address == from) {
                place.count = std::min(left(place, now) + 1, most);
                place.last = now;
                return;
            }
            if (place.last < chosen->last) chosen = &place;
        }
        *chosen = {from, 1, now};
    });
}

}  // namespace cais::auth
