// What is to leave on a connection: answers gathered into a few buffers, so that many small ones take one send.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "http/limits.h"
#include "io/buffers.h"
#include "io/stream.h"
#include "io/task.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace cais::http1 {

// Watches that a reader takes something: RFC 9112 §9.5 leaves the limits to us.
class SendMeter {
public:
    explicit SendMeter(const http::Limits& limits) noexcept : limits_(&limits) {}
    void sent(std::size_t bytes) noexcept { in_window_ += bytes; }
    // How long to wait for room. Errors: timed_out: too little was taken over the last while.
    [[nodiscard]] Result<base::Duration> limit() noexcept;
    void restart() noexcept { window_ = {}; }

private:
    const http::Limits* limits_;
    base::Instant window_{};
    std::uint64_t in_window_ = 0;
};

class Output {
public:
    Output(io::Stream& stream, const http::Limits& limits) noexcept : stream_(&stream), meter_(limits) {}

    // Contiguous room for `bytes`, at most io::buffer_bytes; null where the buffers are full (flush first).
    [[nodiscard]] char* reserve(std::size_t bytes);
    void commit(std::size_t bytes) noexcept { used_[count_ - 1] += static_cast<std::uint32_t>(bytes); }
    // True where all of it fits behind what is there already.
    [[nodiscard]] bool append(std::string_view text);
    // How much append() surely takes.
    [[nodiscard]] std::size_t room() const noexcept;
    [[nodiscard]] bool is_empty() const noexcept { return count_ == 0; }

    // Sends what the kernel takes at once. done, blocked or failed; done may leave something over.
    io::Progress try_flush(io::More more) noexcept;
    // Sends everything, and then `rest`. Errors: timed_out, cancelled, ended, failed.
    [[nodiscard]] io::Task<Result<void>> flush(std::string_view rest = {}, io::More more = io::More::no);
    // Sends `bytes` of a file from `offset`, after everything. `is_last`: the piece before the content's end.
    [[nodiscard]] io::Task<Result<void>> send_file(int file, std::uint64_t offset, std::uint64_t bytes);
    [[nodiscard]] bool is_flushing() const noexcept { return is_flushing_; }

    // Forgets what was not sent.
    void discard() noexcept;

private:
    static constexpr std::size_t most_buffers = 4;
    [[nodiscard]] std::size_t gather(std::span<std::string_view> pieces) const noexcept;
    void consume(std::size_t bytes) noexcept;
    [[nodiscard]] io::Task<Result<void>> wait_for_room();

    io::Stream* stream_;
    SendMeter meter_;
    std::array<io::Buffers::Buffer, most_buffers> buffers_;
    std::array<std::uint32_t, most_buffers> used_{};
    std::uint32_t sent_ = 0;  // of the first buffer
    std::uint8_t count_ = 0;
    bool is_flushing_ = false;
};

}  // namespace cais::http1
