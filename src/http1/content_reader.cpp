#include "http1/content_reader.h"

#include "io/loop.h"

#include <algorithm>

namespace cais::http1 {

void ContentReader::start(Framing framing, std::size_t at, bool expects_continue) noexcept
{
    framing_ = framing;
    start_ = at_ = at;
    left_ = framing.bytes;
    received_ = 0;
    expects_continue_ = expects_continue;
    fault_.reset();
    window_ = {};
    in_window_ = 0;
    chunked_.reset();
    if (framing.kind == Framing::chunked) chunked_.emplace(*limits_, *arena_);
    const bool is_empty = framing.kind == Framing::none || (framing.kind == Framing::length && left_ == 0);
    state_ = is_empty ? State::whole : State::reading;
}

std::optional<std::uint64_t> ContentReader::length() const
{
    if (framing_.kind == Framing::chunked) return std::nullopt;
    return framing_.bytes;
}

std::uint64_t ContentReader::left() const noexcept
{
    if (state_ == State::whole) return 0;
    return framing_.kind == Framing::chunked ? UINT64_MAX : left_;
}

// Content that has come already; empty where more must come first. Sets fault_ where it is malformed.
std::optional<http::Chunk> ContentReader::take_buffered()
{
    const std::string_view there = input_->behind(at_);
    http::Chunk chunk;
    if (framing_.kind == Framing::length) {
        const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(left_, there.size()));
        if (bytes == 0) return std::nullopt;
        chunk.bytes = base::Bytes(there.substr(0, bytes));
        at_ += bytes;
        left_ -= bytes;
        if (left_ == 0) state_ = State::whole;
    } else {
        auto step = chunked_->next(there);
        if (!step) {
            fault_ = step.error();
            return std::nullopt;
        }
        at_ += step->consumed;
        if (step->is_end) {
            state_ = State::whole;
            return http::Chunk::end();
        }
        if (step->data.empty()) return std::nullopt;
        chunk.bytes = base::Bytes(step->data);
    }
    received_ += chunk.bytes.size();
    in_window_ += chunk.bytes.size();
    return chunk;
}

io::Task<Result<http::Chunk>> ContentReader::read()
{
    if (state_ == State::whole) co_return http::Chunk::end();
    if (state_ == State::broken) co_return fail(Error::ended, "the request's content could not be read");
    if (expects_continue_) {
        // RFC 9110 §10.1.1: only now, since a handler that refuses by the fields alone never reads.
        const bool is_needed = is_awaited();
        expects_continue_ = false;
        if (is_needed) {
            const bool fits = output_->append("HTTP/1.1 100 Continue\r\n\r\n");
            if (!fits) co_return broken(Error{Error::failed, 0, "no room for an interim response", ""});
            auto flushed = co_await output_->flush();
            if (!flushed) co_return broken(flushed.error());
        }
    }
    for (;;) {
        if (auto chunk = take_buffered()) co_return std::move(*chunk);
        if (fault_) co_return broken(*fault_);
        // Everything that came is dealt with: the room behind the head is free again.
        input_->drop_content(start_, at_);
        at_ = start_;
        const io::Progress progress = input_->fill(*stream_);
        if (progress.state == io::Progress::done) continue;
        if (progress.state == io::Progress::ended)
            co_return broken(Error{Error::ended, 0, "the request's content ended early", "RFC 9112 §8"});
        if (progress.state == io::Progress::failed)
            co_return broken(Error{Error::ended, progress.number, "read the request's content", ""});
        auto more = co_await wait_for_more();
        if (!more) co_return broken(more.error());
    }
}

io::Task<Result<void>> ContentReader::wait_for_more()
{
    const base::Instant now = io::Loop::current()->now();
    if (window_ == base::Instant{}) window_ = now;
    if (now - window_ >= limits_->content_time) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limits_->content_time).count();
        if (in_window_ < limits_->content_rate * static_cast<std::uint64_t>(std::max<long>(seconds, 1)))
            co_return fail(Error::timed_out, "the request's content comes too slowly", "RFC 9110 §15.5.9");
        window_ = now;
        in_window_ = 0;
    }
    // At least a little more than the window's end, so that the next look is past it.
    const base::Duration left = std::max<base::Duration>(window_ + limits_->content_time - now, std::chrono::milliseconds(1));
    auto ready = co_await stream_->ready(io::Stream::For::reading, left);
    if (!ready && ready.error().kind == Error::timed_out) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limits_->content_time).count();
        if (in_window_ < limits_->content_rate * static_cast<std::uint64_t>(std::max<long>(seconds, 1)))
            co_return fail(Error::timed_out, "the request's content comes too slowly", "RFC 9110 §15.5.9");
        co_return Result<void>();
    }
    co_return ready;
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
        if (fault_) break;
        input_->drop_content(start_, at_);
        at_ = start_;
        if (discarded >= limits_->unread_content) break;
        const io::Progress progress = input_->fill(*stream_);
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

}  // namespace cais::http1
