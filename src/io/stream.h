// Stream: a duplex stream of octets with back-pressure. TCP is one, so are TLS, a pair of pipes, a stream of HTTP/2.
//
// An operation is tried first (`try_…` never blocks); where it is blocked one waits for `ready(…)` and tries again.
//
// | what happened                     | reading                | writing              | who waits, goes on    |
// | --------------------------------- | ---------------------- | -------------------- | --------------------- |
// | the peer half-closed (FIN)        | `ended` after the rest | goes on              | peer_finished         |
// | the peer reset, or the path failed| `failed`               | `failed`             | both of the peer's    |
// | we called shut_down()             | goes on                | not allowed any more | nobody                |
// | we did, then the peer half-closed | `ended` after the rest | not allowed any more | peer_finished         |
// | we called abort()                 | `failed`               | `failed`             | all; the peer: reset  |
#pragma once
#include "base/result.h"
#include "io/reactor.h"
#include "io/wait.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace cais::io {

// What a try came to.
struct Progress {
    enum State : std::uint8_t { done, blocked, ended, failed };
    State state = done;
    int number = 0;  // errno, where it failed
    std::size_t bytes = 0;
};

class TcpStream;

// Whether more follows at once, so that a short segment may wait for it.
enum class More : std::uint8_t { no, yes };

class Stream {
public:
    using For = Source::For;

    Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    virtual ~Stream() = default;

    // Reads what is there, at most `into`, which is not empty. done with at least one octet, or ended at the peer's
    // FIN.
    [[nodiscard]] virtual Progress try_read(std::span<char> into) noexcept = 0;
    // Writes the pieces, gathered, in one call; at most 16 of them. done may be short.
    [[nodiscard]] virtual Progress try_write(std::span<const std::string_view> pieces, More more) noexcept = 0;
    // Writes `bytes` of the file from `offset`. done may be short; with 0 octets: the file ends there.
    [[nodiscard]] virtual Progress try_send_file(int file, std::uint64_t offset, std::size_t bytes,
                                                 More more) noexcept = 0;

    // Octets that were written and that the peer has not taken yet. A wait for room can be long where a slow peer does
    // take some: a kernel tells of room only when much is free.
    [[nodiscard]] virtual std::size_t in_flight() const noexcept = 0;

    // For what only a socket can do; null: this is none.
    [[nodiscard]] virtual TcpStream* socket() noexcept { return nullptr; }

    // No more will be written: the peer reads to the end. Not a close.
    virtual void shut_down() noexcept = 0;
    // Ends it at once; what was not sent is dropped and the peer is told so (RST).
    virtual void abort() noexcept = 0;

    // Waits until a try may come further, or until the peer has finished or is gone, for at most `limit`.
    // One waits for each kind at a time. Errors: timed_out, cancelled, exhausted (epoll takes no more descriptors).
    class Ready final : public Wait {
    public:
        enum class Rest : std::uint8_t { no, yes };  // yes: between two pieces of work, see Scope::cancel_resting
        Ready(Stream& stream, For what, base::Duration limit, Rest rest = Rest::no) noexcept
            : Wait(limit)
            , what_(what)
            , rest_(rest)
            , stream_(&stream)
        {
        }
        bool await_ready() const noexcept { return stream_->is_ready(what_); }
        template <class Promise>
        bool await_suspend(std::coroutine_handle<Promise> handle) noexcept
        {
            if (!start(handle, handle.promise().context)) return false;
            watch();
            return true;
        }
        Result<void> await_resume() const noexcept;
        bool is_rest() const noexcept override { return rest_ == Rest::yes; }

    private:
        void watch() noexcept;
        void withdraw() noexcept override { stream_->unwatch(what_); }
        For what_;
        Rest rest_;
        Stream* stream_;
    };
    static_assert(sizeof(Ready) == 56);  // in the frame of each idle connection
    [[nodiscard]] Ready ready(For what, base::Duration limit) noexcept { return {*this, what, limit}; }
    // The same, where the task might as well end instead: a connection between two requests.
    [[nodiscard]] Ready rest(For what, base::Duration limit) noexcept { return {*this, what, limit, Ready::Rest::yes}; }

    // A reset or an error; a FIN alone means "no more requests". Lasts as long as its scope.
    [[nodiscard]] Ready peer_gone() noexcept { return {*this, For::peer_gone, base::without_limit}; }
    // A FIN, too: for work so dear that half a connection is not worth it.
    [[nodiscard]] Ready peer_finished() noexcept { return {*this, For::peer_finished, base::without_limit}; }

    [[nodiscard]] virtual bool is_ready(For what) const noexcept = 0;

protected:
    virtual Result<void> watch(For what, Wait& wait) noexcept = 0;
    virtual void unwatch(For what) noexcept = 0;

    // For a stream over another one.
    static Result<void> watch(Stream& inner, For what, Wait& wait) noexcept { return inner.watch(what, wait); }
    static void unwatch(Stream& inner, For what) noexcept { inner.unwatch(what); }
};

}  // namespace cais::io
