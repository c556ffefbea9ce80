// Which passwords were verified lately, so that a slow hash is not paid for each request. What is kept is a keyed hash
// of the password and of what is stored for its user (password.h): when that changes, it is no longer found, whoever
// changed it and however. At most 4,096, each for ten minutes after it was verified.
#pragma once
#include "base/clock.h"
#include "modules/auth/places.h"
#include "modules/auth/users.h"

namespace cais::auth {

class Remembered {
public:
    static constexpr base::Duration lifetime = std::chrono::minutes(10);

    // What stands for this password of this user. The user has one stored.
    [[nodiscard]] Sha256 tag_of(const User& user, std::string_view password) const;

    [[nodiscard]] bool has(const Sha256& tag, base::Instant now);
    void add(const Sha256& tag, base::Instant now);

private:
    struct Place {
        Sha256 tag{};
        base::Instant verified = base::Instant::min();
    };
    Key key_;
    Places<std::array<Place, ways>, 512> places_;
};

}  // namespace cais::auth
