// The loop: one thread, one reactor, its timers and what is ready to go on. A server has one a core, and nothing on the
// hot path is shared between them.
#pragma once
#include "io/reactor.h"
#include "io/task.h"
#include "io/timers.h"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace cais::io {

class Buffers;
class Pool;

// Something to be done once at the end of this turn, before the loop waits for events.
class TurnEnd {
public:
    TurnEnd() = default;
    TurnEnd(const TurnEnd&) = delete;
    TurnEnd& operator=(const TurnEnd&) = delete;
    virtual ~TurnEnd() { assert(!is_queued()); }
    virtual void turn_ended() noexcept = 0;
    [[nodiscard]] bool is_queued() const noexcept { return previous_ != nullptr; }

private:
    friend class Loop;
    TurnEnd** previous_ = nullptr;
    TurnEnd* next_ = nullptr;
};

class Loop {
public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // The loop that runs on this thread; null where none does.
    [[nodiscard]] static Loop* current() noexcept { return current_; }

    // Makes this the current loop, runs `task` and everything that it spawns, until it has ended; throws what it threw.
    // Another loop may run within a task of this one, which then stands still; not the same.
    void run(Task<void> task);

    // From any thread: calls `function` on the loop's thread, in one of its next turns. It throws nothing: nobody would
    // hear. Where the loop has ended, it waits for the next run, or goes with the loop uncalled.
    void post(std::move_only_function<void()> function);

    // The time at the start of this turn.
    [[nodiscard]] base::Instant now() const noexcept { return now_; }
    // Counts the turns: what was looked up in this turn need not be looked up again.
    [[nodiscard]] std::uint64_t turn() const noexcept { return turn_; }
    // The wall clock, read at most once a turn.
    [[nodiscard]] base::WallTime wall_now();

    // At the end of this turn `hook.turn_ended()` is called, once. What a hook queues has the next turn, at once.
    void at_turn_end(TurnEnd& hook) noexcept;
    void not_at_turn_end(TurnEnd& hook) noexcept;

    [[nodiscard]] Reactor& reactor() noexcept { return reactor_; }
    [[nodiscard]] Timers& timers() noexcept { return timers_; }
    [[nodiscard]] Buffers& buffers() noexcept { return *buffers_; }

    // The pool for calls that may block; set before run() by who owns both.
    [[nodiscard]] Pool& pool() noexcept
    {
        assert(pool_ != nullptr);
        return *pool_;
    }
    void use(Pool& pool) noexcept { pool_ = &pool; }

    // For Wait: its coroutine goes on in this turn.
    void queue(Wait& wait) noexcept
    {
        wait.next = nullptr;
        *ready_end_ = &wait;
        ready_end_ = &wait.next;
    }

    // A descriptor was closed: who waits for room may try again.
    void descriptor_closed() noexcept
    {
        if (!starved_.is_empty()) [[unlikely]]
            starved_.end_all();
    }
    [[nodiscard]] WaitList& starved() noexcept { return starved_; }

private:
    void run_ready();
    void run_posted() noexcept;
    void end_turn() noexcept;
    [[nodiscard]] int timeout() noexcept;

    static inline thread_local constinit Loop* current_ = nullptr;

    Reactor reactor_;
    Timers timers_;
    base::Instant now_;
    std::uint64_t turn_ = 0;
    TimerNode* ready_ = nullptr;
    TimerNode** ready_end_ = &ready_;
    TurnEnd* turn_ends_ = nullptr;
    WaitList starved_;
    base::WallTime wall_now_{};
    std::uint64_t wall_turn_ = 0;
    std::unique_ptr<Buffers> buffers_;
    Pool* pool_ = nullptr;

    std::mutex posted_mutex_;
    std::vector<std::move_only_function<void()>> posted_;
    Source wake_;
};

// Ends `limit` from this turn's start, or when cancelled.
class Sleep final : public Wait {
public:
    explicit Sleep(base::Duration limit) noexcept
        : Wait(limit)
    {
    }
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) noexcept
    {
        return start(handle, handle.promise().context);
    }
    // False where it was cancelled.
    [[nodiscard]] bool await_resume() const noexcept { return end() == End::timed_out; }

private:
    void withdraw() noexcept override {}
};
[[nodiscard]] inline Sleep sleep_for(base::Duration limit) noexcept { return Sleep(limit); }

// Goes to the end of the queue: others have their turn, and cancelling is noticed.
class Yield final : public Wait {
public:
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) noexcept
    {
        if (!start(handle, handle.promise().context)) return false;
        complete(End::ready);
        return true;
    }
    // False where the task was cancelled, before or meanwhile.
    [[nodiscard]] bool await_resume() const noexcept { return end() == End::ready && !context()->cancelled; }

private:
    void withdraw() noexcept override {}
};
[[nodiscard]] inline Yield yield() noexcept { return {}; }

// Something that tasks wait for and another, on the same loop, brings about. Stays set until it is cleared.
class Event : private WaitList {
public:
    void set() noexcept
    {
        is_set_ = true;
        end_all();
    }
    void clear() noexcept { is_set_ = false; }
    [[nodiscard]] bool is_set() const noexcept { return is_set_; }

    class Waiting final : public ListedWait {
    public:
        Waiting(Event& event, base::Duration limit) noexcept
            : ListedWait(event, limit)
        {
        }
        bool await_ready() const noexcept { return static_cast<const Event&>(list()).is_set_; }
        template <class Promise>
        bool await_suspend(std::coroutine_handle<Promise> handle) noexcept
        {
            if (!start(handle, handle.promise().context)) return false;
            join();
            return true;
        }
        // Errors    timed_out, cancelled.
        Result<void> await_resume() const noexcept
        {
            if (end() == End::timed_out) return fail(Error::timed_out, "the wait reached its limit");
            if (end() == End::cancelled) return fail(Error::cancelled, "the wait was cancelled");
            return {};
        }
    };
    [[nodiscard]] Waiting wait(base::Duration limit) noexcept { return {*this, limit}; }

private:
    bool is_set_ = false;
};

}  // namespace cais::io
