#include "http1/content_reader.h"

#include "io/loop.h"

#include <algorithm>

namespace cais::http1 {
namespace {

// Processor time to take 900 kB, to that with 16 KiB: 0.59 with 64 KiB, 0.31 with 128 KiB, 0.29 with 256 KiB. What a
// slow sender does not fill is not touched, so that it costs addresses only.
constexpr std::size_t large_bytes = 128 * 1024;
constexpr std::size_t least_space = 4 * 1024;    // behind the head; with less the large buffer is used at once
constexpr std::size_t most_a_turn = 256 * 1024;  // then others have theirs

}  // namespace

void ContentReader::forget() noexcept
{
    framing_ = {};
    state_ = State::whole;
    received_ = 0;
    large_.reset();
}

void ContentReader::start(Framing framing, std::size_t at, bool expects_continue) noexcept
{
    framing_ = framing;
    start_ = at_ = at;
    left_ = framing.bytes;
    received_ = 0;
    expects_continue_ = expects_continue;
    fault_.reset();
    large_.reset();
    waited_ = {};
    in_wait_ = 0;
    chunked_.reset();
    if (framing.kind == Framing::chunked) chunked_.emplace(*limits_, *arena_);
    const bool is_empty = framing.kind == Framing::none || (framing.kind == Framing::length && left_ == 0);
    state_ = is_empty ? State::whole : State::reading;
}

std::optional<std::uint64_t> ContentReader::length() const
{
    if (!is_known()) return std::nullopt;
    return framing_.bytes;
}

std::uint64_t ContentReader::left() const noexcept
{
    if (state_ == State::whole) return 0;
    return is_known() ? left_ : UINT64_MAX;
}

// Content that has come already; empty where more must come first. Sets fault_ where it is malformed.
std::optional<http::Chunk> ContentReader::take_buffered()
{
    const std::string_view there = unread();
    http::Chunk chunk;
    if (framing_.kind == Framing::length) {
        const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(left_, there.size()));
        if (bytes == 0) return std::nullopt;
        chunk.bytes = base::Bytes(there.substr(0, bytes));
        take(bytes);
        left_ -= bytes;
        if (left_ == 0) state_ = State::whole;
    } else if (framing_.kind == Framing::close) {
        if (there.empty()) return std::nullopt;
        chunk.bytes = base::Bytes(there);
        take(there.size());
    } else {
        auto step = chunked_->next(there);
        if (!step) {
            fault_ = step.error();
            return std::nullopt;
        }
        take(step->consumed);
        if (step->is_end) {
            state_ = State::whole;
            if (story_ != nullptr) [[unlikely]]
                tell_taken();
            return http::Chunk::end();
        }
        if (step->data.empty()) return std::nullopt;
        chunk.bytes = base::Bytes(step->data);
    }
    received_ += chunk.bytes.size();
    if (story_ != nullptr) [[unlikely]]
        tell_taken();
    in_wait_ += chunk.bytes.size();
    return chunk;
}

void ContentReader::tell_taken()
{
    if (state_ != State::whole) return story_->tell_content(trace::Message::request, received_, length());
    if (chunked_) story_->tell_trailers(trace::Message::request, chunked_->trailers());
    story_->tell_message_end(trace::Message::request, received_);
}

// Reads once, where everything that came was dealt with.
io::Progress ContentReader::fill()
{
    if (!large_) {
        input_->drop_content(start_, at_);
        at_ = start_;
        const std::uint64_t most = left();
        const bool is_long =
            is_known() ? most > io::buffer_bytes : received_ >= io::buffer_bytes;
        const bool has_room = input_->space() >= least_space || input_->space() >= most;
        if (!is_long && has_room) return input_->fill(*stream_);
        large_ = std::make_unique_for_overwrite<char[]>(std::min<std::uint64_t>(large_bytes, most));
    }
    // Of a known length no octet is read that is behind it; after chunks what follows goes back to the input.
    large_from_ = large_until_ = 0;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(large_bytes, left()));
    const io::Progress progress = stream_->try_read({large_.get(), wanted});
    if (progress.state == io::Progress::done) large_until_ = progress.bytes;
    return progress;
}

io::Task<Result<http::Chunk>> ContentReader::read()
{
    if (state_ == State::whole) co_return http::Chunk::end();
    if (state_ == State::broken) co_return fail(Error::ended, "the content could not be read");
    if (is_awaited()) {
        // RFC 9110 §10.1.1: only now, since a handler that refuses by the fields alone never reads.
        const bool fits = output_->append("HTTP/1.1 100 Continue\r\n\r\n");
        if (!fits) co_return broken(Error{Error::failed, 0, "no room for an interim response", ""});
        output_->push();
        if (story_ != nullptr) story_->tell_response({.status = 100, .version = "HTTP/1.1", .is_interim = true});
    }
    expects_continue_ = false;
    for (;;) {
        if (auto chunk = take_buffered()) co_return std::move(*chunk);
        if (fault_) co_return broken(*fault_);
        const io::Loop& loop = *io::Loop::current();
        if (turn_ != loop.turn()) in_turn_ = 0;
        turn_ = loop.turn();
        if (in_turn_ >= most_a_turn) {
            const bool goes_on = co_await io::yield();
            if (!goes_on) co_return fail(Error::cancelled, "the connection is closing");
            continue;
        }
        const io::Progress progress = fill();
        if (progress.state == io::Progress::done) {
            in_turn_ += progress.bytes;
            continue;
        }
        if (progress.state == io::Progress::ended && framing_.kind == Framing::close) {
            state_ = State::whole;
            co_return http::Chunk::end();
        }
        if (progress.state == io::Progress::ended)
            co_return broken(Error{Error::ended, 0, "the content ended early", "RFC 9112 §8"});
        if (progress.state == io::Progress::failed)
            co_return broken(Error{Error::ended, progress.number, "read the content", ""});
        auto more = co_await wait_for_more();
        if (more) continue;
        // Who was cancelled has lost nothing: another may read on.
        if (more.error().kind == Error::cancelled) co_return std::unexpected(more.error());
        co_return broken(more.error());
    }
}

io::Task<Result<void>> ContentReader::wait_for_more()
{
    const io::Loop& loop = *io::Loop::current();
    const base::Instant before = loop.now();
    // In steps, so that all connections share a few lists of timers.
    const base::Duration step = std::max<base::Duration>(limits_->content_time / 8, std::chrono::milliseconds(1));
    const base::Duration left =
        (std::max<base::Duration>(limits_->content_time - waited_, step) + step - base::Duration(1)) / step * step;
    auto ready = co_await stream_->ready(io::Stream::For::reading, left);
    if (!ready && ready.error().kind != Error::timed_out) co_return ready;
    waited_ += loop.now() - before;
    if (waited_ < limits_->content_time) co_return Result<void>();
    const double least = static_cast<double>(limits_->content_rate) * std::chrono::duration<double>(waited_).count();
    const bool is_slow = static_cast<double>(in_wait_) < least;
    waited_ = {};
    in_wait_ = 0;
    if (is_slow) co_return fail(Error::timed_out, "the content comes too slowly", "RFC 9110 §15.5.9");
    co_return Result<void>();
}

io::Task<bool> ContentReader::discard()
{
    if (state_ == State::whole) co_return true;
    if (state_ == State::broken || is_awaited()) co_return false;
    expects_continue_ = false;
    const base::Instant until = io::Loop::current()->now() + limits_->unread_time;
    std::uint64_t discarded = 0;
    for (;;) {
        while (auto chunk = take_buffered()) {
            if (state_ == State::whole) co_return true;
            discarded += chunk->bytes.size();
        }
        if (state_ == State::whole) co_return true;
        if (fault_ || discarded >= limits_->unread_content) break;
        const io::Progress progress = fill();
        if (progress.state == io::Progress::done) continue;
        if (progress.state != io::Progress::blocked) break;
        const base::Instant now = io::Loop::current()->now();
        if (now >= until) break;
        auto ready = co_await stream_->ready(io::Stream::For::reading, until - now);
        if (!ready) break;
    }
    state_ = State::broken;
    co_return false;
}

void ContentReader::leave()
{
    input_->consume(at_);
    if (large_ && large_from_ < large_until_) input_->append(unread());
    large_.reset();
    at_ = start_ = 0;
}

}  // namespace cais::http1
