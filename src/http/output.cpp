#include "http/output.h"

#include "io/loop.h"

#include <algorithm>
#include <cstring>

namespace cais::http {
namespace {

constexpr std::size_t most_a_turn = 256 * 1024;  // then others have theirs

Result<void> failed(const io::Progress& progress) { return fail_errno("send to the peer", progress.number); }

}  // namespace

Result<void> SendMeter::waited(base::Duration time, std::size_t bytes) noexcept
{
    waited_ += time;
    taken_ += bytes;
    if (waited_ < limits_->send_rate_time) return {};
    const auto seconds = std::chrono::duration<double>(waited_).count();
    const bool is_slow = static_cast<double>(taken_) < static_cast<double>(limits_->send_rate) * seconds;
    waited_ = {};
    taken_ = 0;
    if (is_slow) return fail(Error::timed_out, "the peer reads too slowly");
    return {};
}

char* Output::reserve(std::size_t bytes)
{
    if (count_ > 0 && io::buffer_bytes - used_[count_ - 1] >= bytes)
        return buffers_[count_ - 1].data() + used_[count_ - 1];
    if (count_ == most_buffers) return nullptr;
    buffers_[count_] = io::Loop::current()->buffers().take();
    used_[count_] = 0;
    return buffers_[count_++].data();
}

std::size_t Output::room() const noexcept
{
    const std::size_t in_last = count_ == 0 ? 0 : io::buffer_bytes - used_[count_ - 1];
    return in_last + (most_buffers - count_) * io::buffer_bytes;
}

bool Output::append(std::string_view text)
{
    if (text.size() > room()) return false;
    while (!text.empty()) {
        const std::size_t in_last = count_ == 0 ? 0 : io::buffer_bytes - used_[count_ - 1];
        const std::size_t bytes = std::min(text.size(), in_last == 0 ? io::buffer_bytes : in_last);
        std::memcpy(reserve(bytes), text.data(), bytes);
        commit(bytes);
        text.remove_prefix(bytes);
    }
    return true;
}

std::size_t Output::gather(std::span<std::string_view> pieces) const noexcept
{
    for (std::size_t i = 0; i < count_; ++i) {
        const std::size_t from = i == 0 ? sent_ : 0;
        pieces[i] = {buffers_[i].data() + from, used_[i] - from};
    }
    return count_;
}

void Output::consume(std::size_t bytes) noexcept
{
    std::size_t done = 0;
    while (done < count_ && bytes >= used_[done] - (done == 0 ? sent_ : 0)) {
        bytes -= used_[done] - (done == 0 ? sent_ : 0);
        ++done;
        if (done < count_) sent_ = 0;
    }
    if (done == count_) {
        for (std::size_t i = 0; i < count_; ++i) buffers_[i] = {};
        count_ = 0;
        sent_ = 0;
        return;
    }
    if (done > 0) {
        for (std::size_t i = done; i < count_; ++i) {
            buffers_[i - done] = std::move(buffers_[i]);
            used_[i - done] = used_[i];
        }
        for (std::size_t i = count_ - done; i < count_; ++i) buffers_[i] = {};
        count_ = static_cast<std::uint8_t>(count_ - done);
        sent_ = 0;
    }
    sent_ += static_cast<std::uint32_t>(bytes);
}

void Output::discard() noexcept
{
    for (auto& buffer : buffers_) buffer = {};
    count_ = 0;
    sent_ = 0;
}

io::Progress Output::try_flush(io::More more) noexcept
{
    std::array<std::string_view, most_buffers> pieces;
    const std::size_t count = gather(pieces);
    if (count == 0) return {};
    const io::Progress progress = stream_->try_write({pieces.data(), count}, more);
    if (progress.state == io::Progress::done) consume(progress.bytes);
    return progress;
}

void Output::push()
{
    if (is_flushing_ || count_ == 0) return;
    try_flush(io::More::no);
    if (count_ > 0 && pushing_.is_empty()) pushing_.spawn(&Output::push_rest, *this);
}

io::Task<void> Output::push_rest()
{
    for (;;) {
        auto room = co_await wait_for_room();
        if (!room) co_return;
        const io::Progress progress = try_flush(io::More::no);
        const bool goes_on = progress.state == io::Progress::done || progress.state == io::Progress::blocked;
        if (count_ == 0 || !goes_on) co_return;
    }
}

io::Task<void> Output::stop_pushing()
{
    pushing_.cancel();
    co_await pushing_.end();
}

// A peer that takes less than a kernel wants to see free before it tells of room is slow, but not gone.
io::Task<Result<void>> Output::wait_for_room()
{
    const io::Loop& loop = *io::Loop::current();
    for (;;) {
        const base::Instant before = loop.now();
        const std::size_t in_flight = stream_->in_flight();
        auto ready = co_await stream_->ready(io::Stream::For::writing, limits_->send_time);
        if (!ready && ready.error().kind != Error::timed_out) co_return ready;
        const std::size_t left = stream_->in_flight();
        const std::size_t taken = in_flight > left ? in_flight - left : 0;
        if (!ready && taken == 0) co_return ready;
        auto is_enough = meter_.waited(loop.now() - before, taken);
        if (ready || !is_enough) co_return is_enough;
    }
}

io::Task<Result<void>> Output::flush(std::string_view rest, io::More more)
{
    if (is_pushing()) co_await pushing_.end();
    is_flushing_ = true;
    struct Reset {
        bool* flag;
        ~Reset() { *flag = false; }
    } const reset{&is_flushing_};
    while (count_ > 0 || !rest.empty()) {
        std::array<std::string_view, most_buffers + 1> pieces;
        std::size_t count = gather(pieces);
        std::size_t buffered = 0;
        for (std::size_t i = 0; i < count; ++i) buffered += pieces[i].size();
        if (!rest.empty()) pieces[count++] = rest.substr(0, most_a_turn);
        const io::Progress progress = stream_->try_write({pieces.data(), count}, more);
        if (progress.state == io::Progress::done) {
            if (progress.bytes >= buffered) {
                rest.remove_prefix(progress.bytes - buffered);
                consume(buffered);
            } else {
                consume(progress.bytes);
            }
            if (rest.empty() || !stream_->is_ready(io::Stream::For::writing)) continue;
            const bool goes_on = co_await io::yield();
            if (!goes_on) co_return fail(Error::cancelled, "the connection is closing");
            continue;
        }
        if (progress.state != io::Progress::blocked) co_return failed(progress);
        auto room = co_await wait_for_room();
        if (!room) co_return room;
    }
    co_return Result<void>();
}

io::Task<Result<void>> Output::send_file(int file, std::uint64_t offset, std::uint64_t bytes)
{
    if (count_ > 0) {
        // The head waits for the file's first octets, so that both leave in one segment.
        const io::Progress progress = try_flush(io::More::yes);
        if (progress.state != io::Progress::done && progress.state != io::Progress::blocked) co_return failed(progress);
        if (count_ > 0) {
            auto flushed = co_await flush({}, io::More::yes);
            if (!flushed) co_return flushed;
        }
    }
    std::uint64_t in_turn = 0;
    while (bytes > 0) {
        const io::Progress progress =
            stream_->try_send_file(file, offset, static_cast<std::size_t>(bytes), io::More::no);
        if (progress.state == io::Progress::done) {
            if (progress.bytes == 0) co_return fail(Error::ended, "the file became shorter while it was sent");
            offset += progress.bytes;
            bytes -= progress.bytes;
            in_turn += progress.bytes;
            if (bytes > 0 && in_turn >= most_a_turn && stream_->is_ready(io::Stream::For::writing)) {
                const bool goes_on = co_await io::yield();
                if (!goes_on) co_return fail(Error::cancelled, "the connection is closing");
                in_turn = 0;
            }
            continue;
        }
        if (progress.state != io::Progress::blocked) co_return failed(progress);
        auto room = co_await wait_for_room();
        if (!room) co_return room;
        in_turn = 0;
    }
    co_return Result<void>();
}

}  // namespace cais::http
