// What every wait has in common: a suspended coroutine, a limit, and a way to be called off.
//
// A task that was spawned has a Context; each coroutine awaited inside it inherits the pointer, so that the one wait
// which the task is in at any time can be found and cancelled.
#pragma once
#include "base/clock.h"

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
    Wait* waiting = nullptr;  // what it is suspended at, if anything
    std::coroutine_handle<> root = {};
    bool cancelled = false;
};

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

// A suspended coroutine. It lives in that coroutine's frame, and ends exactly once: ready, timed_out or cancelled.
class Wait : public TimerNode {
public:
    enum class End : std::uint8_t { pending, ready, timed_out, cancelled };

    Wait() = default;
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
    [[nodiscard]] std::coroutine_handle<> handle() const noexcept { return handle_; }

protected:
    // Called by await_suspend: from here on it can be ended. False where the task is cancelled already: then the
    // coroutine goes on at once and end() says cancelled.
    [[nodiscard]] bool start(std::coroutine_handle<> handle, Context* context, base::Duration limit) noexcept;

    // Removes this from whatever would complete it.
    virtual void withdraw() noexcept = 0;

    [[nodiscard]] Context* context() const noexcept { return context_; }

private:
    std::coroutine_handle<> handle_;
    Context* context_ = nullptr;
    End end_ = End::pending;
};

}  // namespace cais::io
