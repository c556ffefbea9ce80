// Places: a table of fixed size, for what peers can make grow. A tag has one set of eight places; who comes to a full
// set takes the place of the oldest in it. Tags are keyed hashes, so that nobody outside can choose whose set is his.
// Any thread; a lock is held for one set's sake and never over anything slow.
#pragma once
#include "modules/auth/secrets.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <mutex>
#include <vector>

namespace cais::auth {

template <class Set, std::size_t count>
class Places {
    static_assert((count & (count - 1)) == 0);

public:
    // Gives what `use(set)` gives, with the set of `tag`, which nobody else has meanwhile.
    template <class Use>
    decltype(auto) with(const Sha256& tag, Use use)
    {
        const std::size_t index =
            (tag[0] | static_cast<std::size_t>(tag[1]) << 8 | static_cast<std::size_t>(tag[2]) << 16) % count;
        Part& part = parts_[index % parts_.size()];
        const std::scoped_lock lock(part.mutex);
        if (part.sets.empty()) part.sets.resize(count / parts_.size());  // most servers never need them
        return use(part.sets[index / parts_.size()]);
    }

private:
    struct Part {
        std::mutex mutex;
        std::vector<Set> sets;
    };
    std::array<Part, 16> parts_;
    static_assert(count >= 16);
};

inline constexpr std::size_t ways = 8;

}  // namespace cais::auth
