#include "modules/auth/remembered.h"

namespace cais::auth {

Sha256 Remembered::tag_of(const User& user, std::string_view password) const
{
    return key_.mac({user.name, user.password->salt(), user.password->hash(), password});
}

bool Remembered::has(const Sha256& tag, base::Instant now)
{
    return places_.with(tag, [&](auto& set) {
        for (const auto& place : set)
            if (place.verified != base::Instant::min() && is_equal(place.tag, tag))
                return now < place.verified + lifetime;
        return false;
    });
}

void Remembered::add(const Sha256& tag, base::Instant now)
{
    places_.with(tag, [&](auto& set) {
        auto* chosen = &set.front();
        for (auto& place : set) {
            if (is_equal(place.tag, tag)) {
                place.verified = now;
                return;
            }
            if (place.verified < chosen->verified) chosen = &place;
        }
        *chosen = {tag, now};
    });
}

}  // namespace cais::auth
