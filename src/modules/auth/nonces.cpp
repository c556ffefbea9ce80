#include "modules/auth/nonces.h"

#include "base/base64.h"

#include <algorithm>

namespace cais::auth {
namespace {

// A time of the monotonic clock and random octets, then the first half of their keyed hash.
struct Layout {
    std::array<std::uint8_t, 8> time;
    std::array<std::uint8_t, 8> random;
    std::array<std::uint8_t, 16> mac;
};
static_assert(sizeof(Layout) == 32);

std::string_view seed_of(std::string_view octets) { return octets.substr(0, 16); }

}  // namespace

std::string Nonces::make(base::Instant now) const
{
    std::array<std::uint8_t, sizeof(Layout)> octets{};
    auto time = static_cast<std::uint64_t>(now.time_since_epoch().count());
    for (std::size_t i = 0; i < 8; ++i, time >>= 8) octets[i] = static_cast<std::uint8_t>(time);
    fill_random(std::span(octets).subspan(8, 8));
    const Sha256 mac = key_.mac({seed_of(text_of(octets))});
    std::copy_n(mac.begin(), 16, octets.begin() + 16);
    return base::to_base64(text_of(octets));
}

Nonces::Nonce Nonces::read(std::string_view text) const
{
    Nonce nonce;
    const auto decoded = base::from_base64(text);
    if (!decoded || decoded->size() != sizeof(Layout)) return nonce;
    const auto octets = octets_of(*decoded);
    nonce.tag = key_.mac({seed_of(*decoded)});
    if (!is_equal(std::span(nonce.tag).first(16), octets.subspan(16))) return nonce;
    std::uint64_t time = 0;
    for (std::size_t i = 8; i-- > 0;) time = time << 8 | octets[i];
    nonce.made = base::Instant(base::Duration(static_cast<std::int64_t>(time)));
    nonce.is_ours = true;
    return nonce;
}

bool Nonces::is_fresh(const Nonce& nonce, base::Instant now) noexcept
{
    return nonce.is_ours && now < nonce.made + lifetime;
}

bool Nonces::is_known(const Nonce& nonce, std::string_view user, base::Instant now)
{
    if (!is_fresh(nonce, now)) return false;
    const Sha256 who = key_.mac({"user", user});
    return places_.with(nonce.tag, [&](const Set& set) {
        return std::ranges::any_of(set.places,
                                   [&](const Place& place) { return place.tag == nonce.tag && place.user == who; });
    });
}

bool Nonces::use(const Nonce& nonce, std::uint32_t count, std::string_view user, base::Instant now)
{
    if (!is_fresh(nonce, now)) return false;
    const Sha256 who = key_.mac({"user", user});
    return places_.with(nonce.tag, [&](Set& set) {
        Place* oldest = set.places.data();
        for (auto& place : set.places) {
            if (place.made < oldest->made) oldest = &place;
            if (place.tag != nonce.tag) continue;
            place.user = who;
            if (count > place.highest) {
                const std::uint32_t ahead = count - place.highest;
                place.seen = ahead < 64 ? place.seen << ahead | 1 : 1;
                place.highest = count;
                return true;
            }
            const std::uint32_t behind = place.highest - count;
            if (behind >= 64 || (place.seen >> behind & 1) != 0) return false;
            place.seen |= std::uint64_t{1} << behind;
            return true;
        }
        if (nonce.made <= set.forgotten) return false;
        // One that is too old to be taken may go without a trace.
        if (oldest->made != base::Instant::min() && now < oldest->made + lifetime) {
            if (nonce.made <= oldest->made) return false;
            set.forgotten = std::max(set.forgotten, oldest->made);
        }
        *oldest = {nonce.tag, who, nonce.made, count, 1};
        return true;
    });
}

}  // namespace cais::auth
