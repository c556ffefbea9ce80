// Timers: a wheel of wheels. Each level has 64 slots, and a slot of one level is as long as the whole level below it;
// a timer stands where its deadline first differs from now, and comes a level down when its slot begins. So starting
// one, stopping one and letting it expire cost the same however many there are and however much their limits differ:
// "what is left of ten seconds" is another limit for each connection.
#pragma once
#include "io/wait.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace cais::io {

class Timers {
public:
    Timers() noexcept;
    Timers(const Timers&) = delete;
    Timers& operator=(const Timers&) = delete;

    // Links `node` until `now + limit`, which may lie beyond the clock's end. It expires at that time or at most one
    // grain (1.05 ms) later.
    void start(TimerNode& node, base::Duration limit, base::Instant now) noexcept;

    // When expire() is next wanted; base::never where nothing is there. It may come earlier than any deadline, where
    // a far one has to come closer.
    [[nodiscard]] base::Instant next() noexcept;

    // Unlinks each node whose deadline has passed and calls `expired(node)`, which may unlink others, and start some
    // with a limit above zero.
    template <class Expired>
    void expire(base::Instant now, Expired expired)
    {
        const std::uint64_t until = tick_at_or_before(now);
        while (const Slot* found = first_slot()) {
            if (found->tick > until) break;
            now_ = std::max(now_, found->tick);
            // They leave first: what is started meanwhile may come to the same slot.
            TimerNode due;
            take_all(*found, due);
            while (due.next != &due) {
                TimerNode& node = *due.next;
                node.unlink();
                if (found->level == 0) expired(node);
                else place(node);
            }
        }
        now_ = std::max(now_, until);
    }

private:
    static constexpr unsigned bits = 6;
    static constexpr unsigned levels = 8;       // 48 bits of ticks; the clock has 43
    static constexpr unsigned grain_bits = 20;  // a tick is 2^20 ns

    struct Level {
        std::uint64_t occupied = 0;  // a bit for each slot; one that was emptied by unlink() may still have its own
        std::array<TimerNode, 64> slots;
    };
    struct Slot {
        unsigned level;
        unsigned index;
        std::uint64_t tick;  // where it begins
    };

    [[nodiscard]] static std::uint64_t tick_at_or_before(base::Instant at) noexcept;
    [[nodiscard]] static std::uint64_t tick_at_or_after(base::Instant at) noexcept;
    // The earliest slot that holds a timer, until the next call; null where none does.
    [[nodiscard]] const Slot* first_slot() noexcept;
    void take_all(const Slot& slot, TimerNode& head) noexcept;
    void place(TimerNode& node) noexcept;

    std::uint64_t now_ = 0;  // in ticks, as of the last expire()
    Slot found_{};
    std::array<Level, levels> wheel_;
};

}  // namespace cais::io
