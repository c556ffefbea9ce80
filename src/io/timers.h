// Timers: lists of equal limits. A limit that many waits share (idle, send, …) is one list in order of deadline, so that
// starting and stopping a timer is linking and unlinking; only the heads are looked at.
#pragma once
#include "io/wait.h"

#include <memory>
#include <vector>

namespace cais::io {

class Timers {
public:
    // Links `node` until `now + limit`. Cost: a search among the few different limits.
    void start(TimerNode& node, base::Duration limit, base::Instant now);

    // The earliest deadline; base::never where there is none.
    [[nodiscard]] base::Instant next() const noexcept;

    // Unlinks each node whose deadline has passed and calls `expired(node)`.
    template <class Expired>
    void expire(base::Instant now, Expired expired)
    {
        for (auto& list : lists_) {
            while (list->head.next != &list->head && list->head.next->deadline <= now) {
                TimerNode& node = *list->head.next;
                node.unlink();
                expired(node);
            }
        }
    }

private:
    struct List {
        explicit List(base::Duration of) : limit(of) { head.previous = head.next = &head; }
        [[nodiscard]] bool is_empty() const noexcept { return head.next == &head; }
        base::Duration limit;
        TimerNode head;
    };
    List& list_of(base::Duration limit);

    std::vector<std::unique_ptr<List>> lists_;
};

}  // namespace cais::io
