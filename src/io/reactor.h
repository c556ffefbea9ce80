// Readiness of descriptors, edge-triggered, on epoll: the one file that knows the kernel's interface.
//
// An operation is tried first; only one that would block waits here. A descriptor joins epoll when it first waits, so a
// connection that is answered and closed at once never does.
#pragma once
#include "base/result.h"
#include "io/descriptor.h"
#include "io/wait.h"

#include <array>
#include <cstdint>

#include <sys/epoll.h>

namespace cais::io {

class Reactor;

// A descriptor and who waits for it. It must not move while a wait is under way.
class Source {
public:
    explicit Source(Descriptor descriptor) noexcept : descriptor_(std::move(descriptor)) {}
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source();

    [[nodiscard]] int fd() const noexcept { return descriptor_.get(); }
    void close() noexcept;

    // False: nothing can be there until the next event, do not try.
    [[nodiscard]] bool may_read() const noexcept { return (state_ & can_read) != 0; }
    [[nodiscard]] bool may_write() const noexcept { return (state_ & can_write) != 0; }
    // A read found nothing, or less than it had room for. After a hang-up one reads on to the end, since no further
    // event will come.
    void drained() noexcept
    {
        if ((state_ & hung_up) == 0) state_ &= static_cast<std::uint8_t>(~can_read);
    }
    void would_block() noexcept { state_ &= static_cast<std::uint8_t>(~can_read); }
    void filled() noexcept { state_ &= static_cast<std::uint8_t>(~can_write); }
    // The peer has sent its FIN; it may still read.
    [[nodiscard]] bool peer_finished() const noexcept { return (state_ & hung_up) != 0; }
    // The connection was reset or has failed.
    [[nodiscard]] bool peer_gone() const noexcept { return (state_ & failed) != 0; }

    enum class For : std::uint8_t { reading, writing, peer_finished, peer_gone };

    // Puts `wait` where the next event of that kind completes it. One wait a kind (both of the peer's share one place).
    // Errors    exhausted: epoll takes no more descriptors (fs.epoll.max_user_watches).
    Result<void> watch(For what, Wait& wait);
    void unwatch(For what) noexcept;

private:
    friend class Reactor;
    enum : std::uint8_t { can_read = 1, can_write = 2, hung_up = 4, failed = 8, joined = 16, wants_write = 32, gone_only = 64 };

    Descriptor descriptor_;
    std::uint8_t state_ = can_read | can_write;
    Wait* reading_ = nullptr;
    Wait* writing_ = nullptr;
    Wait* gone_ = nullptr;
};

class Reactor {
public:
    Reactor();
    // Waits for events until `timeout_ms` (-1: none) and completes who waited for them.
    void wait(int timeout_ms);

private:
    friend class Source;
    Result<void> join(Source& source, bool write);
    void forget(const Source& source) noexcept;
    static void dispatch(Source& source, std::uint32_t events) noexcept;

    Descriptor epoll_;
    std::array<epoll_event, 128> events_;
    int at_ = 0;
    int count_ = 0;
};

}  // namespace cais::io
