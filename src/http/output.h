// What is to leave on a connection: answers gathered into a few buffers, so that many small ones take one send.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "http/limits.h"
#include "io/buffers.h"
#include "io/scope.h"
#include "io/stream.h"
#include "io/task.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace cais::http {

// Watches that a reader takes something: RFC 9112 §9.5 leaves the limits to us. Only time that was spent waiting for it
// counts, and only what it took meanwhile.
class SendMeter {
public:
    explicit SendMeter(const http::Limits& limits) noexcept
        : limits_(&limits)
    {
    }
    // It was waited for `time`, in which the peer took `bytes`. Errors: timed_out: too little over the last while.
    [[nodiscard]] Result<void> waited(base::Duration time, std::size_t bytes) noexcept;

private:
    const http::Limits* limits_;
    base::Duration waited_{};
    std::uint64_t taken_ = 0;
};

class Output {
public:
    Output(io::Stream& stream, const http::Limits& limits) noexcept
        : stream_(&stream)
        , limits_(&limits)
        , meter_(limits)
    {
    }

    // Contiguous room for `bytes`, at most io::buffer_bytes; null where the buffers are full (flush first).
    [[nodiscard]] char* reserve(std::size_t bytes);
    void commit(std::size_t bytes) noexcept { used_[count_ - 1] += static_cast<std::uint32_t>(bytes); }
    // True where all of it fits behind what is there already.
    [[nodiscard]] bool append(std::string_view text);
    // How much append() surely takes.
    [[nodiscard]] std::size_t room() const noexcept;
    [[nodiscard]] bool is_empty() const noexcept { return count_ == 0; }
    // What is in the buffer that was last written to, for who tells of it; until anything is put in or sent.
    [[nodiscard]] std::string_view last_buffer() const noexcept
    {
        return count_ == 0 ? std::string_view() : std::string_view(buffers_[count_ - 1].data(), used_[count_ - 1]);
    }

    // Sends what the kernel takes at once. done, blocked or failed; done may leave something over.
    io::Progress try_flush(io::More more) noexcept;
    // Sends what the kernel takes at once, and the rest as it takes more, while the caller does something else. What
    // fails shows in the next flush.
    void push();
    // Sends everything, and then `rest`, behind which nothing may be put meanwhile. One at a time.
    // Errors    timed_out, cancelled, ended, failed.
    [[nodiscard]] io::Task<Result<void>> flush(std::string_view rest = {}, io::More more = io::More::no);
    // Sends `bytes` of a file from `offset`, after everything. Errors: the same; ended, too, where the file is shorter.
    [[nodiscard]] io::Task<Result<void>> send_file(int file, std::uint64_t offset, std::uint64_t bytes);

    // Before it is destroyed while is_pushing().
    [[nodiscard]] bool is_pushing() const noexcept { return !pushing_.is_empty(); }
    [[nodiscard]] io::Task<void> stop_pushing();

    // Forgets what was not sent.
    void discard() noexcept;

private:
    static constexpr std::size_t most_buffers = 4;
    [[nodiscard]] std::size_t gather(std::span<std::string_view> pieces) const noexcept;
    void consume(std::size_t bytes) noexcept;
    [[nodiscard]] io::Task<Result<void>> wait_for_room();
    [[nodiscard]] io::Task<void> push_rest();

    io::Stream* stream_;
    const http::Limits* limits_;
    SendMeter meter_;
    std::array<io::Buffers::Buffer, most_buffers> buffers_;
    std::array<std::uint32_t, most_buffers> used_{};
    std::uint32_t sent_ = 0;  // of the first buffer
    std::uint8_t count_ = 0;
    bool is_flushing_ = false;
    io::Scope pushing_;
};

}  // namespace cais::http
