// Where passwords are hashed: on the pool, in turn. So many at once as half of the processors, four at most, each with
// its 32 MiB (password.h), so that who waits for a file still finds a thread; so many more may wait.
#pragma once
#include "io/address.h"
#include "io/pool.h"

#include <functional>
#include <memory>

namespace cais::auth {

class Hashing {
public:
    struct Bounds {
        unsigned at_once = 0;               // 0: as above
        std::size_t waiting = 64;           // with those at once; beyond, busy
        std::size_t from_one_address = 16;  // of these: one that attacks leaves room for others
    };
    explicit Hashing(Bounds bounds);

    // Runs `work`, which hashes once and owns all that it touches, on this loop's pool; gives what it gave. `address`
    // is a subscriber's (failures.h). What nobody waits for any more is not begun. Errors    busy: too many wait.
    // timed_out: it had not ended within ten seconds. cancelled. Those of `work`.
    [[nodiscard]] io::Task<Result<bool>> run(io::Address address, std::move_only_function<Result<bool>()> work);

private:
    struct State;
    class Runner;
    std::shared_ptr<State> state_;  // those that run hold it too
};

}  // namespace cais::auth
