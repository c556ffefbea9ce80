// Digest's nonces (RFC 7616 §3.3): made without keeping anything, since each carries the time it was made and a keyed
// hash; kept only once a right password came with one, to see that no count of its is used twice (nc, §3.4). At most
// 4,096 are kept; where one has to go, whatever is as old as it in its set is stale from then on, so that what is
// forgotten is never taken again.
//
// A count may come late, as it does over several connections: the last 64 are known one by one, older ones are replays.
#pragma once
#include "base/clock.h"
#include "modules/auth/places.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cais::auth {

class Nonces {
public:
    static constexpr base::Duration lifetime = std::chrono::minutes(5);

    // A nonce as it was read: ours, or not.
    struct Nonce {
        bool is_ours = false;
        base::Instant made = base::Instant::min();
        Sha256 tag{};
    };

    [[nodiscard]] std::string make(base::Instant now) const;
    [[nodiscard]] Nonce read(std::string_view text) const;

    // Whether it is ours and not too old.
    [[nodiscard]] static bool is_fresh(const Nonce& nonce, base::Instant now) noexcept;

    // Whether this user's right password has come with it before.
    [[nodiscard]] bool is_known(const Nonce& nonce, std::string_view user, base::Instant now);

    // The right password of `user` came with it and this count: may they be used? False for a nonce that is not fresh
    // or was forgotten, and for a count that was there before: the challenge for both is a new nonce, stale=true.
    [[nodiscard]] bool use(const Nonce& nonce, std::uint32_t count, std::string_view user, base::Instant now);

private:
    struct Place {
        Sha256 tag{};
        Sha256 user{};
        base::Instant made = base::Instant::min();
        std::uint32_t highest = 0;
        std::uint64_t seen = 0;  // bit n: highest - n
    };
    struct Set {
        std::array<Place, ways> places;
        base::Instant forgotten = base::Instant::min();  // the latest that had to go
    };
    Key key_;
    Places<Set, 512> places_;
};

}  // namespace cais::auth
