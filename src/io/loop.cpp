#include "io/loop.h"

#include "io/buffers.h"

#include <algorithm>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

namespace cais::io {

bool Wait::start(std::coroutine_handle<> handle, Context* context) noexcept
{
    if (context->cancelled) {
        end_ = End::cancelled;
        return false;
    }
    context_ = context;
    context->waiting = this;
    context->suspended = handle;
    if (const base::Duration limit = deadline.time_since_epoch(); limit != base::without_limit) expire_after(limit);
    return true;
}

void Wait::expire_after(base::Duration limit) noexcept
{
    Loop& loop = *Loop::current();
    loop.timers().start(*this, limit, loop.now());
}

void Wait::complete(End end) noexcept
{
    assert(end_ == End::pending);
    if (is_linked()) unlink();
    end_ = end;
    context_->waiting = nullptr;
    Loop::current()->queue(*this);
}

namespace {

Descriptor make_wake()
{
    Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake) throw std::system_error(errno, std::generic_category(), "eventfd");
    return wake;
}

}  // namespace

Loop::Loop()
    : now_(base::now())
    , buffers_(std::make_unique<Buffers>())
    , wake_(make_wake())
{
}

Loop::~Loop()
{
    Loop* const before = std::exchange(current_, this);
    wake_.close();
    posted_.clear();
    current_ = before == this ? nullptr : before;
}

void Loop::run(Task<void> task)
{
    assert(current_ != this && "a loop does not run within itself");
    Loop* const before = std::exchange(current_, this);
    now_ = base::now();
    if (auto joined = wake_.join(); !joined) {
        current_ = before;
        throw std::system_error(joined.error().number, std::generic_category(), "epoll_ctl");
    }

    Context root;
    auto handle = task.release();
    handle.promise().context = &root;
    handle.resume();
    while (!handle.done()) {
        run_ready();
        if (handle.done()) break;
        end_turn();
        reactor_.wait(timeout());
        now_ = base::now();
        ++turn_;
        timers_.expire(now_, [](TimerNode& node) { static_cast<Wait&>(node).expire(); });
        run_posted();
    }
    end_turn();
    const auto exception = std::move(handle.promise().exception);
    handle.destroy();
    current_ = before;
    if (exception) std::rethrow_exception(exception);
}

// What becomes ready meanwhile waits for the next pass, so that events are looked at between.
void Loop::run_ready()
{
    TimerNode* node = std::exchange(ready_, nullptr);
    ready_end_ = &ready_;
    while (node != nullptr) {
        TimerNode* next = node->next;
        node->next = nullptr;
        static_cast<const Wait*>(node)->resume();
        node = next;
    }
}

// Those that are queued now; a hook may take others away.
void Loop::end_turn() noexcept
{
    TurnEnd* hooks = std::exchange(turn_ends_, nullptr);
    if (hooks != nullptr) hooks->previous_ = &hooks;
    while (hooks != nullptr) {
        TurnEnd& hook = *hooks;
        not_at_turn_end(hook);
        hook.turn_ended();
    }
}

int Loop::timeout() noexcept
{
    if (ready_ != nullptr || turn_ends_ != nullptr) return 0;
    const base::Instant next = timers_.next();
    if (next == base::never) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now_).count();
    return static_cast<int>(std::clamp<long>(left, 0, 60'000));
}

base::WallTime Loop::wall_now()
{
    if (wall_turn_ != turn_ || wall_now_ == base::WallTime{}) {
        wall_now_ = base::wall_now();
        wall_turn_ = turn_;
    }
    return wall_now_;
}

void Loop::post(std::move_only_function<void()> function)
{
    {
        const std::scoped_lock lock(posted_mutex_);
        posted_.push_back(std::move(function));
        if (posted_.size() > 1) return;  // already woken for the first
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.fd(), &one, sizeof one);
}

void Loop::run_posted() noexcept
{
    if (!wake_.may_read()) return;
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wake_.fd(), &count, sizeof count);
    wake_.would_block();
    std::vector<std::move_only_function<void()>> functions;
    {
        const std::scoped_lock lock(posted_mutex_);
        functions.swap(posted_);
    }
    for (auto& function : functions) function();
}

void Loop::at_turn_end(TurnEnd& hook) noexcept
{
    if (hook.is_queued()) return;
    hook.next_ = turn_ends_;
    hook.previous_ = &turn_ends_;
    if (turn_ends_ != nullptr) turn_ends_->previous_ = &hook.next_;
    turn_ends_ = &hook;
}

void Loop::not_at_turn_end(TurnEnd& hook) noexcept
{
    if (!hook.is_queued()) return;
    *hook.previous_ = hook.next_;
    if (hook.next_ != nullptr) hook.next_->previous_ = hook.previous_;
    hook.previous_ = nullptr;
    hook.next_ = nullptr;
}

}  // namespace cais::io
