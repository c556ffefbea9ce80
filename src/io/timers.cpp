#include "io/timers.h"

#include <bit>

namespace cais::io {

Timers::Timers() noexcept
{
    for (auto& level : wheel_)
        for (auto& head : level.slots) head.previous = head.next = &head;
}

std::uint64_t Timers::tick_at_or_before(base::Instant at) noexcept
{
    return static_cast<std::uint64_t>(std::max<std::int64_t>(at.time_since_epoch().count(), 0)) >> grain_bits;
}

std::uint64_t Timers::tick_at_or_after(base::Instant at) noexcept
{
    constexpr std::uint64_t last = static_cast<std::uint64_t>(base::Duration::max().count()) >> grain_bits;
    const std::uint64_t before = tick_at_or_before(at);
    const bool is_whole = (at.time_since_epoch().count() & ((std::int64_t{1} << grain_bits) - 1)) == 0;
    return is_whole || before == last ? before : before + 1;
}

void Timers::start(TimerNode& node, base::Duration limit, base::Instant now) noexcept
{
    node.deadline = limit > base::never - now ? base::never : now + limit;
    place(node);
}

void Timers::place(TimerNode& node) noexcept
{
    const std::uint64_t tick = std::max(tick_at_or_after(node.deadline), now_);
    // The highest digit, of six bits, in which it differs from now.
    const auto level = static_cast<unsigned>(std::bit_width((tick ^ now_) | 1) - 1) / bits;
    const auto index = static_cast<unsigned>(tick >> (level * bits)) & 63;
    wheel_[level].occupied |= std::uint64_t{1} << index;
    TimerNode& head = wheel_[level].slots[index];
    node.previous = head.previous;
    node.next = &head;
    node.previous->next = &node;
    head.previous = &node;
}

// All that is on a lower level comes before all that is on a higher one, since it agrees with now in one digit more.
const Timers::Slot* Timers::first_slot() noexcept
{
    for (unsigned level = 0; level < levels; ++level) {
        Level& ring = wheel_[level];
        for (; ring.occupied != 0; ring.occupied &= ring.occupied - 1) {
            const auto index = static_cast<unsigned>(std::countr_zero(ring.occupied));
            const TimerNode& head = ring.slots[index];
            if (head.next == &head) continue;
            const std::uint64_t above = now_ >> ((level + 1) * bits) << ((level + 1) * bits);
            found_ = {level, index, above | std::uint64_t{index} << (level * bits)};
            return &found_;
        }
    }
    return nullptr;
}

void Timers::take_all(const Slot& slot, TimerNode& head) noexcept
{
    TimerNode& from = wheel_[slot.level].slots[slot.index];
    head.next = from.next;
    head.previous = from.previous;
    head.next->previous = &head;
    head.previous->next = &head;
    from.previous = from.next = &from;
}

base::Instant Timers::next() noexcept
{
    const Slot* slot = first_slot();
    if (slot == nullptr) return base::never;
    return base::Instant(base::Duration(static_cast<std::int64_t>(slot->tick << grain_bits)));
}

}  // namespace cais::io
