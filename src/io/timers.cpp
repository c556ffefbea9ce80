#include "io/timers.h"

#include <algorithm>

namespace cais::io {

Timers::List& Timers::list_of(base::Duration limit)
{
    for (std::size_t i = 0; i < lists_.size(); ++i) {
        if (lists_[i]->limit != limit) continue;
        if (i > 0) std::swap(lists_[i], lists_[i / 2]);  // what is used often is found first
        return *lists_[i > 0 ? i / 2 : 0];
    }
    // A limit computed afresh each time would add a list each time: those that are empty go first.
    if (lists_.size() >= 32) std::erase_if(lists_, [](const auto& list) { return list->is_empty(); });
    return *lists_.emplace_back(std::make_unique<List>(limit));
}

void Timers::start(TimerNode& node, base::Duration limit, base::Instant now)
{
    List& list = list_of(limit);
    node.deadline = now + limit;
    node.previous = list.head.previous;
    node.next = &list.head;
    node.previous->next = &node;
    list.head.previous = &node;
}

base::Instant Timers::next() const noexcept
{
    base::Instant earliest = base::never;
    for (const auto& list : lists_)
        if (!list->is_empty()) earliest = std::min(earliest, list->head.next->deadline);
    return earliest;
}

}  // namespace cais::io
