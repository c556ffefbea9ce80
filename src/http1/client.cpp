#include "http1/client.h"

#include "http/list.h"
#include "http1/request_head.h"
#include "http1/response_head.h"
#include "http1/slice.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace cais::http1 {
namespace {

using http::Name;
using http::Status;

constexpr std::size_t small_content = 16 * 1024;  // of a chunk that waits for others, so that they leave in one send
constexpr std::uint64_t most_content_a_turn = 256 * 1024;  // of a body that is always there

// RFC 9112 §9.3.
bool persists(http::Version version, const http::Fields& fields)
{
    const auto options = fields.all(Name::connection);
    if (http::has_member(options, "close")) return false;
    return version == http::Version::http_1_1 || http::has_member(options, "keep-alive");
}

}  // namespace

Client::Client(io::Stream& stream, const ClientLimits& limits)
    : stream_(&stream)
    , limits_(&limits)
    , output_(stream, limits.message)
    , content_(stream, input_, output_, limits.message, arena_)
    , parser_(limits.message)
    , fields_(arena_)
{
}

Client::~Client() { assert(!output_.is_pushing()); }

io::Task<Result<http::IncomingResponse>> Client::ask(http::OutgoingRequest& request)
{
    assert(is_reusable_ && sending_.is_empty());
    is_reusable_ = false;
    arena_.reset();
    fields_.forget();
    parser_.restart();
    sent_.reset();
    interims_ = 0;
    has_answer_ = has_received_ = persists_ = false;
    may_send_.clear();

    const Framing framing = outgoing_framing(request);
    auto head = write_request_head(request, framing);
    if (!head) co_return std::unexpected(head.error());
    head_ = std::move(*head);
    // An answer may come before the content has left, so both go on side by side; whoever ends this exchange ends them.
    waiting_since_ = io::Loop::current()->now();
    sending_.spawn(&Client::send, *this, request, framing);

    auto answered = co_await read_head(request);
    has_answer_ = true;
    may_send_.set();
    if (!answered) {
        // The peer may have closed because it did not want what we sent: what that met says more than the end.
        if (answered.error().kind == Error::ended && sent_ && !*sent_) co_return std::unexpected(sent_->error());
        co_return std::unexpected(answered.error());
    }
    const auto received = received_framing(request.method, parser_.status(), parser_.version(), fields_);
    if (!received) co_return std::unexpected(received.error());
    content_.start(*received, parser_.length(), false);

    const bool is_tunnel = parser_.status() == Status::switching_protocols ||
                           (request.method == "CONNECT" && http::is_successful(parser_.status()));
    persists_ =
        !is_tunnel && !request.close && received->kind != Framing::close && persists(parser_.version(), fields_);
    const bool is_error = http::is_client_error(parser_.status()) || http::is_server_error(parser_.status());
    if (is_error && !persists_) sending_.cancel();  // RFC 9112 §9.5

    http::IncomingResponse response(parser_.status(), parser_.version(), fields_);
    response.reason = parser_.reason();
    if (!content_.is_whole()) response.body = http::Body(content_);
    co_return response;
}

io::Task<void> Client::end()
{
    const bool was_sent = sent_ && *sent_;
    sending_.cancel();
    co_await sending_.end();
    co_await output_.stop_pushing();
    // Stricter: octets that nobody asked for may be meant for the next answer's place.
    is_reusable_ = persists_ && was_sent && content_.is_whole() && content_.unread().empty();
    if (!is_reusable_) co_return;
    content_.leave();
    persists_ = false;
}

// Up to the head of the final response.
io::Task<Result<void>> Client::read_head(const http::OutgoingRequest& request)
{
    input_.make_room(io::buffer_bytes);
    for (;;) {
        const auto outcome =
            input_.is_empty() ? ResponseParser::Outcome::incomplete : parser_.parse(input_.text(), fields_);
        if (outcome == ResponseParser::Outcome::refused) co_return std::unexpected(parser_.error());
        if (outcome == ResponseParser::Outcome::complete) {
            if (is_final(request)) co_return Result<void>();
            auto taken = take_interim(request);
            if (!taken) co_return taken;
            continue;
        }
        if (input_.space() == 0) {
            // A head that is larger than the buffer; its own limit is the parser's.
            const bool has_moved = input_.make_room(input_.text().size() * 2);
            if (has_moved) {
                fields_.clear();
                parser_.restart();
            }
        }
        const io::Progress progress = input_.fill(*stream_);
        if (progress.state == io::Progress::done) {
            has_received_ = true;
            continue;
        }
        if (progress.state == io::Progress::ended)
            co_return fail(Error::ended, "the connection ended before an answer", "RFC 9112 §8");
        if (progress.state == io::Progress::failed)
            co_return std::unexpected(Error{Error::ended, progress.number, "read the answer", ""});
        auto more = co_await wait_for_head();
        if (!more) co_return more;
    }
}

io::Task<Result<void>> Client::wait_for_head()
{
    const io::Loop& loop = *io::Loop::current();
    for (;;) {
        // As long as we send, sending has its own limits.
        const base::Instant until = (sent_ ? waiting_since_ : loop.now()) + limits_->answer_time;
        if (loop.now() >= until) co_return fail(Error::timed_out, "no answer in time");
        auto ready = co_await stream_->ready(io::Stream::For::reading, until - loop.now());
        if (ready || ready.error().kind != Error::timed_out) co_return ready;
    }
}

// A 101 is final for who asked for it, and nothing that we can go on with for who did not (RFC 9110 §15.2.2).
bool Client::is_final(const http::OutgoingRequest& request) const
{
    if (parser_.status() == Status::switching_protocols) return request.fields.has(Name::upgrade);
    return !http::is_informational(parser_.status());
}

Result<void> Client::take_interim(const http::OutgoingRequest& request)
{
    if (parser_.status() == Status::switching_protocols)
        return fail(Error::malformed, "101 (Switching Protocols) that nobody asked for", "RFC 9110 §15.2.2");
    if (++interims_ > limits_->interim_responses)
        return fail(Error::too_large, "too many interim responses", "RFC 9110 §15.2");
    if (parser_.status() == Status::continue_) may_send_.set();
    else if (request.interim) request.interim(parser_.status(), fields_);
    input_.consume(parser_.length());
    fields_.clear();
    parser_.restart();
    waiting_since_ = io::Loop::current()->now();
    return {};
}

// The request, beside the wait for its answer.
io::Task<void> Client::send(http::OutgoingRequest& request, Framing framing)
{
    Result<void> sent;
    if (!request.fields.has(Name::expect) || framing.kind == Framing::none) {
        if (output_.append(head_)) head_.clear();  // so that it leaves with the first content
    } else {
        sent = co_await output_.flush(head_);
        head_.clear();
        if (sent) {
            auto waited = co_await may_send_.wait(limits_->continue_time);
            const bool is_cancelled = !waited && waited.error().kind == Error::cancelled;
            if (is_cancelled || has_answer_) sent = fail(Error::cancelled, "the content was not wanted");
        }
    }
    if (sent && !head_.empty()) sent = co_await output_.flush(head_);
    if (sent && framing.kind != Framing::none) sent = co_await send_content(request.body, framing);
    if (sent) sent = co_await output_.flush();
    // The peer learns that no more comes, and does not wait for the rest of what broke off.
    if (!sent && sent.error().kind != Error::cancelled) stream_->shut_down();
    waiting_since_ = io::Loop::current()->now();
    sent_ = sent;
}

io::Task<Result<void>> Client::send_text(std::string_view text)
{
    if (output_.append(text)) co_return Result<void>();
    auto flushed = co_await output_.flush(text);
    co_return flushed;
}

io::Task<Result<void>> Client::send_content(http::Body& body, Framing framing)
{
    const bool is_chunked = framing.kind == Framing::chunked;
    std::uint64_t left = framing.bytes;
    std::uint64_t in_turn = 0;
    for (;;) {
        // What is there leaves before we wait for more.
        if (body.source() != nullptr && !output_.is_empty()) output_.push();
        auto chunk = co_await body.read();
        if (!chunk) co_return std::unexpected(chunk.error());
        if (chunk->is_end) break;
        const std::uint64_t bytes = chunk->bytes.size() + chunk->file.length;
        if (bytes == 0) continue;  // as a chunk it would be the end
        if (!is_chunked) {
            if (bytes > left) co_return fail(Error::failed, "a body is longer than it said");
            left -= bytes;
        } else {
            std::array<char, 20> size;
            char* end = std::to_chars(size.data(), size.data() + 16, bytes, 16).ptr;
            *end++ = '\r';
            *end++ = '\n';
            const std::string_view line(size.data(), static_cast<std::size_t>(end - size.data()));
            auto sent = co_await send_text(line);
            if (!sent) co_return sent;
        }
        if (chunk->file.length > 0) {
            std::uint64_t gone = 0;
            auto sent =
                co_await send_slice(output_, chunk->file, !is_chunked && left == 0, limits_->message.send_time, gone);
            if (!sent) co_return sent;
        } else if (bytes > small_content || !output_.append(chunk->bytes.view)) {
            auto sent = co_await output_.flush(chunk->bytes.view);
            if (!sent) co_return sent;
        }
        if (is_chunked) {
            auto sent = co_await send_text("\r\n");
            if (!sent) co_return sent;
        }
        in_turn += bytes;
        if (in_turn >= most_content_a_turn) {
            in_turn = 0;
            const bool goes_on = co_await io::yield();
            if (!goes_on) co_return fail(Error::cancelled, "the exchange is over");
        }
    }
    if (!is_chunked) {
        if (left > 0) co_return fail(Error::failed, "a body is shorter than it said");
        co_return Result<void>();
    }
    std::string end = "0\r\n";
    const auto* trailers = body.source() == nullptr ? nullptr : body.source()->trailers();
    if (trailers != nullptr)
        for (const auto& line : *trailers)
            if (is_sendable(line)) end.append(line.name()).append(": ").append(line.value()).append("\r\n");
    end += "\r\n";
    auto sent = co_await send_text(end);
    co_return sent;
}

}  // namespace cais::http1
