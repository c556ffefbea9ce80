// What every wait has in common: a suspended coroutine, a limit, and a way to be called off.
//
// A task that was spawned has a Context; each coroutine awaited inside it inherits the pointer, so that the one wait
// which the task is in at any time can be found and cancelled.
#pragma once
#include "base/clock.h"

#include <cassert>
#include <coroutine>
#include <cstdint>

namespace cais::io {

class Scope;
class Wait;

// One spawned task.
struct Context {
    Scope* scope = nullptr;  // null for the task that the loop runs
    Context* previous = nullptr;
    Context* next = nullptr;
    Wait* waiting = nullptr;                 // what it is suspended at, if anything
    std::coroutine_handle<> suspended = {};  // the coroutine that goes on when that has ended
    bool cancelled = false;
};
static_assert(sizeof(Context) == 48);  // one for each idle connection

// A link of a timer list; also of the loop's queue of what is ready, which it joins after it has left the timers.
struct TimerNode {
    TimerNode* previous = nullptr;
    TimerNode* next = nullptr;
    base::Instant deadline = base::never;

    [[nodiscard]] bool is_linked() const noexcept { return previous != nullptr; }
    void unlink() noexcept
    {
        previous->next = next;
        next->previous = previous;
        previous = next = nullptr;
    }
};

// A suspended coroutine. It lives in that coroutine's frame, and ends exactly once. Until it starts, `deadline` holds
// its limit, counted from zero.
class Wait : public TimerNode {
public:
    enum class End : std::uint8_t { pending, ready, timed_out, cancelled, exhausted };

    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    virtual ~Wait() = default;

    // Ends the wait: leaves the timers and queues the coroutine. Nothing is resumed inside the call.
    void complete(End end) noexcept;

    // The time has come, or its scope was cancelled. Leaves whatever it waits at, then completes.
    void expire() noexcept
    {
        withdraw();
        complete(End::timed_out);
    }
    virtual void cancel() noexcept
    {
        withdraw();
        complete(End::cancelled);
    }

    // Whether the task could as well end here: it is between two pieces of work (Scope::cancel_resting).
    [[nodiscard]] virtual bool is_rest() const noexcept { return false; }

    [[nodiscard]] End end() const noexcept { return end_; }

    // For the loop: goes on with the coroutine, after which this may be gone.
    void resume() const { context_->suspended.resume(); }

protected:
    explicit Wait(base::Duration limit = base::without_limit) noexcept { deadline = base::Instant(limit); }

    // Called by await_suspend: from here on it can be ended. False where the task is cancelled already: then the
    // coroutine goes on at once and end() says cancelled.
    [[nodiscard]] bool start(std::coroutine_handle<> handle, Context* context) noexcept;
    // Gives a wait that has started without a limit one after all.
    void expire_after(base::Duration limit) noexcept;

    // Removes this from whatever would complete it.
    virtual void withdraw() noexcept = 0;

    // Null where it never started.
    [[nodiscard]] const Context* context() const noexcept { return context_; }

private:
    Context* context_ = nullptr;
    End end_ = End::pending;
};
static_assert(sizeof(Wait) == 48);

class WaitList;

// A wait that stands in a list of its like: for an event, for a descriptor. One that ends early leaves the list.
class ListedWait : public Wait {
protected:
    ListedWait(WaitList& list, base::Duration limit) noexcept
        : Wait(limit)
        , list_(&list)
    {
    }
    void join() noexcept;
    void withdraw() noexcept override;
    [[nodiscard]] const WaitList& list() const noexcept { return *list_; }

private:
    friend class WaitList;
    WaitList* list_;
    ListedWait** previous_listed_ = nullptr;
    ListedWait* next_listed_ = nullptr;
};

// Who waits for the same thing, in order of arrival.
class WaitList {
public:
    WaitList() = default;
    WaitList(const WaitList&) = delete;
    WaitList& operator=(const WaitList&) = delete;
    ~WaitList() { assert(is_empty() && "what somebody waits for was destroyed"); }

    [[nodiscard]] bool is_empty() const noexcept { return first_ == nullptr; }
    // Completes every one as ready.
    void end_all() noexcept
    {
        while (first_ != nullptr) {
            ListedWait& wait = *first_;
            wait.withdraw();
            wait.complete(Wait::End::ready);
        }
    }

private:
    friend class ListedWait;
    ListedWait* first_ = nullptr;
    ListedWait** end_ = &first_;
};

inline void ListedWait::join() noexcept
{
    previous_listed_ = list_->end_;
    *list_->end_ = this;
    list_->end_ = &next_listed_;
}

inline void ListedWait::withdraw() noexcept
{
    *previous_listed_ = next_listed_;
    if (next_listed_ != nullptr) next_listed_->previous_listed_ = previous_listed_;
    else list_->end_ = previous_listed_;
    next_listed_ = nullptr;
}

}  // namespace cais::io
