// Readiness of descriptors, edge-triggered, on epoll: the one file that knows the kernel's interface.
//
// An operation is tried first; only one that would block waits here. A descriptor joins epoll when it first waits, so a
// connection that is answered and closed at once never does.
#pragma once
#include "base/result.h"
#include "io/descriptor.h"
#include "io/wait.h"

#include <array>
#include <coroutine>
#include <cstdint>

#include <sys/epoll.h>

namespace cais::io {

// A descriptor and who waits for it. Once it has joined epoll it stays where it is, on its loop's thread.
class Source {
public:
    explicit Source(Descriptor descriptor) noexcept
        : descriptor_(std::move(descriptor))
    {
    }
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    // Nobody waits for it any more. It may outlive its loop.
    ~Source();

    [[nodiscard]] int fd() const noexcept { return descriptor_.get(); }
    // Who waits for it goes on, and meets EBADF.
    void close() noexcept;

    // False: nothing can be there until the next event, do not try.
    [[nodiscard]] bool may_read() const noexcept { return (state_ & can_read) != 0; }
    [[nodiscard]] bool may_write() const noexcept { return (state_ & can_write) != 0; }
    // A read found nothing, or less than it had room for. After a hang-up one reads on to the end, since no further
    // event will come.
    void drained() noexcept
    {
        if ((state_ & hung_up) == 0) take_away(can_read);
    }
    void would_block() noexcept { take_away(can_read); }
    void filled() noexcept { take_away(can_write); }
    // Less was written than was there, perhaps for another reason than want of room: the next wait asks epoll anew,
    // since the event of a room that was there all the time does not come.
    void perhaps_filled() noexcept
    {
        take_away(can_write);
        state_ |= is_unsure;
    }
    // We write no more: that both sides have finished (EPOLLHUP) is then no failure.
    void wrote_last() noexcept { state_ |= has_finished; }
    // An operation met an error, which it took out of the socket.
    void failed() noexcept { state_ |= has_failed_; }

    // The peer has sent its FIN; it may still read.
    [[nodiscard]] bool peer_finished() const noexcept { return (state_ & hung_up) != 0; }
    // The connection was reset or has failed.
    [[nodiscard]] bool has_failed() const noexcept { return (state_ & has_failed_) != 0; }
    // It has failed, or the peer has closed both ways.
    [[nodiscard]] bool peer_gone() const noexcept
    {
        return has_failed() || (state_ & (both_closed | has_finished)) == both_closed;
    }

    enum class For : std::uint8_t { reading, writing, peer_finished, peer_gone };

    // Joins epoll, for its events to wake the loop though nobody waits for them.
    Result<void> join();
    // Puts `wait` where the next event of that kind completes it. One wait a kind (both of the peer's share one place).
    // Errors    exhausted: epoll takes no more descriptors (fs.epoll.max_user_watches).
    Result<void> watch(For what, Wait& wait);
    void unwatch(For what) noexcept;

private:
    friend class Reactor;
    enum State : std::uint16_t {
        can_read = 1,
        can_write = 2,
        hung_up = 4,        // EPOLLRDHUP, EPOLLHUP or EPOLLERR was seen
        both_closed = 8,    // EPOLLHUP was seen
        has_failed_ = 16,   // EPOLLERR was seen, or an operation failed
        has_finished = 32,  // wrote_last()
        has_joined = 64,
        wants_write = 128,
        is_unsure = 256,  // perhaps_filled()
        gone_only = 512,  // who waits for the peer does not mean its FIN
    };
    void take_away(State bit) noexcept { state_ &= static_cast<std::uint16_t>(~bit); }
    void tell() noexcept;

    Descriptor descriptor_;
    std::uint16_t state_ = can_read | can_write;
    Wait* reading_ = nullptr;
    Wait* writing_ = nullptr;
    Wait* gone_ = nullptr;
};
static_assert(sizeof(Source) == 32);  // in each idle connection

class Reactor {
public:
    Reactor();
    // Waits for events until `timeout_ms` (-1: none) and completes who waited for them.
    void wait(int timeout_ms);

private:
    friend class Source;
    Result<void> join(Source& source, bool write);
    void leave(const Source& source) noexcept;
    static void dispatch(Source& source, std::uint32_t events) noexcept;

    Descriptor epoll_;
    std::array<epoll_event, 128> events_;
};

// Waits until a source may be read, or `limit` has come; without one as long as its scope: a listener, signals. False
// where it was cancelled. Where epoll takes no more descriptors it ends after a second, so that its user looks and comes
// again.
class Readable final : public Wait {
public:
    explicit Readable(Source& source, base::Duration limit = base::without_limit) noexcept
        : Wait(limit)
        , source_(&source)
    {
    }
    bool await_ready() const noexcept { return source_->may_read(); }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) noexcept
    {
        if (!start(handle, handle.promise().context)) return false;
        watch();
        return true;
    }
    [[nodiscard]] bool await_resume() const noexcept { return end() != End::cancelled; }

private:
    void watch() noexcept;
    void withdraw() noexcept override { source_->unwatch(Source::For::reading); }
    Source* source_;
};

}  // namespace cais::io
