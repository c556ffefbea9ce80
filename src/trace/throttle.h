// A bound on what is said again and again: of lines with the same key one a second passes, the others are counted.
#pragma once
#include "base/clock.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace cais::trace {

// What lines have in common that are bounded together: a few words that people can read, "accept: no descriptors left".
// Static storage.
struct Key {
    std::string_view words;
};

// Not thread-safe: log.cpp holds its lock around it. No allocation.
class Throttle {
public:
    static constexpr std::size_t most_keys = 64;  // what comes later shares the last place
    static constexpr base::Duration window = std::chrono::seconds(1);

    // Whether a line with this key may be said now. What may not is counted.
    [[nodiscard]] bool admit(Key key, base::Instant now)
    {
        Place& place = place_of(key);
        if (now < place.until) {
            ++place.left_out;
            return false;
        }
        place.until = now + window;
        return true;
    }

    // Calls `see(key, count)` for each key whose second has ended and of which lines were left out in it, and forgets
    // them.
    template <class See>
    void collect(base::Instant now, See see)
    {
        for (std::size_t i = 0; i < used_; ++i) {
            Place& place = places_[i];
            if (place.left_out > 0 && place.until <= now) see(place.key, std::exchange(place.left_out, 0));
        }
    }

private:
    struct Place {
        Key key;
        base::Instant until = base::Instant::min();
        std::uint64_t left_out = 0;
    };
    Place& place_of(Key key)
    {
        for (std::size_t i = 0; i < used_; ++i)
            if (places_[i].key.words == key.words) return places_[i];
        if (used_ == most_keys) return places_[most_keys - 1];
        places_[used_] = Place{key};
        return places_[used_++];
    }

    std::array<Place, most_keys> places_{};
    std::size_t used_ = 0;
};

}  // namespace cais::trace
