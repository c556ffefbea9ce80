// Failed attempts by address: each makes the next one from there wait a second longer, up to five. Nobody is ever
// refused for it: a whole office may be behind one address. An IPv6 address stands for its /64, which is what one
// subscriber has. A minute without a failure takes one off. At most 16,384 addresses are known.
#pragma once
#include "base/clock.h"
#include "io/address.h"
#include "modules/auth/places.h"

#include <cstdint>

namespace cais::auth {

class Failures {
public:
    static constexpr std::uint32_t most = 5;  // what counts; and seconds
    static constexpr base::Duration step = std::chrono::seconds(1);
    static constexpr base::Duration forgotten_after = std::chrono::minutes(1);  // each

    // The address without what one subscriber can choose: its /64, its port. IPv4 in IPv6 is IPv4.
    [[nodiscard]] static io::Address subscriber(const io::Address& address) noexcept;

    // How long the next attempt from there waits.
    [[nodiscard]] base::Duration delay(const io::Address& address, base::Instant now);
    void add(const io::Address& address, base::Instant now);

private:
    struct Place {
        io::Address address;
        std::uint32_t count = 0;
        base::Instant last = base::Instant::min();
    };
    [[nodiscard]] Sha256 tag_of(const io::Address& address) const;
    static std::uint32_t left(const Place& place, base::Instant now);

    Key key_;
    Places<std::array<Place, ways>, 2048> places_;
};

}  // namespace cais::auth
