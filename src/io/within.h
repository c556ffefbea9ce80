// A limit on a whole piece of work that has several waits.
#pragma once
#include "base/result.h"
#include "io/loop.h"
#include "io/scope.h"

#include <optional>
#include <utility>

namespace cais::io {

namespace detail {

template <class T>
Task<void> run_into(Task<Result<T>> work, std::optional<Result<T>>& result, Event& done)
{
    struct Always {
        Event* event;
        ~Always() { event->set(); }
    } const always{&done};
    result.emplace(co_await std::move(work));
}

}  // namespace detail

// What `work` comes to. After `limit` its wait, and each that it begins later, is cancelled; the call returns when the
// work has ended, since nothing is destroyed while it waits.
// Errors    those of the work; timed_out where it ended because of the limit.
template <class T>
Task<Result<T>> within(base::Duration limit, Task<Result<T>> work)
{
    std::optional<Result<T>> result;
    Event done;
    Scope scope;
    scope.spawn(detail::run_into<T>, std::move(work), result, done);
    auto waited = co_await done.wait(limit);
    const bool is_late = !waited && waited.error().kind == Error::timed_out;
    if (!waited) scope.cancel();
    co_await scope.end();
    const bool was_cut = !*result && result->error().kind == Error::cancelled;
    if (is_late && was_cut) co_return fail(Error::timed_out, "it took longer than it may");
    co_return std::move(*result);
}

}  // namespace cais::io
