// The session's other half: what an answer is made of leaves (session.cpp decides what is answered, and what follows).
#include "http/list.h"
#include "http1/server.h"
#include "http1/session.h"
#include "http1/slice.h"
#include "trace/log.h"

#include <array>
#include <charconv>

namespace cais::http1 {
namespace {

using http::Name;
using http::Status;

constexpr std::size_t small_content = 16 * 1024;    // of a chunk that waits for others, so that they leave in one send
constexpr std::uint64_t most_content_a_turn = 256 * 1024;  // of a body that is always there

void append_lines(std::string& to, const http::Fields& fields)
{
    for (const auto& line : fields)
        if (is_sendable(line)) ((to += line.name()) += ": ").append(line.value()) += "\r\n";
}

}  // namespace

// What append_whole left over.
io::Task<Result<void>> Session::send(http::Response& response, const ResponseFraming& framing, Persistence persistence,
                                     bool has_content)
{
    http::Output& output = connection_->output;
    if (!head_written_) {
        auto flushed = co_await output.flush();
        if (!flushed) co_return flushed;
        const std::string_view common = sessions_->common.at(io::Loop::current()->wall_now());
        [[maybe_unused]] const bool written = write_head(output, overflow_, response, framing, persistence, common);
        assert(written);
        if (story_) [[unlikely]]
            tell_head(response.status, {});
    }
    if (!overflow_.empty()) {
        const std::string head = std::exchange(overflow_, {});
        auto flushed = co_await output.flush(head);
        if (!flushed) co_return flushed;
    }
    if (!has_content) co_return Result<void>();
    if (response.body.source() != nullptr) {
        auto sent = co_await send_chunks(*response.body.source(), framing);
        co_return sent;
    }
    if (const auto* slice = response.body.file()) {
        auto sent = co_await send_slice(output, *slice, true, service_->limits.send_time, content_sent_);
        co_return sent;
    }
    const auto& bytes = *response.body.bytes();
    auto sent = co_await output.flush(bytes.view);
    if (sent) content_sent_ += bytes.size();
    co_return sent;
}

// The next chunk of a body; what its source throws is its failure.
io::Task<Result<http::Chunk>> Session::pull(http::Body::Source& source)
{
    try {
        auto chunk = co_await source.read();
        co_return chunk;
    } catch (...) {
        http::log_thrown("reading the content of a response", std::current_exception());
    }
    co_return fail(Error::failed, "its source failed");
}

// The peer must not take what it has for the whole: the message is left without its end.
std::unexpected<Error> Session::cut(const Error& error)
{
    body_failed_ = true;
    if (error.kind != Error::cancelled && error.kind != Error::ended)
        trace::log(trace::Level::warning, trace::Key{"a response was cut"},
                   "sending a response: " + base::describe(error));
    return std::unexpected(error);
}

io::Task<Result<void>> Session::send_chunks(http::Body::Source& source, ResponseFraming framing)
{
    http::Output& output = connection_->output;
    io::Loop& loop = *io::Loop::current();
    const bool is_chunked = framing.kind == ResponseFraming::chunked;
    std::uint64_t left = framing.bytes;
    std::uint64_t turn = loop.turn();
    std::uint64_t in_turn = 0;
    for (;;) {
        std::optional<Result<http::Chunk>> chunk = std::exchange(first_, std::nullopt);
        if (!chunk) {
            // What is there leaves before we wait for more; where a chunk is ready at once, it leaves with it.
            if (!output.is_empty()) loop.at_turn_end(*this);
            chunk = co_await pull(source);
            loop.not_at_turn_end(*this);
        }
        if (!*chunk) co_return cut(chunk->error());
        const http::Chunk& piece = **chunk;
        if (piece.is_end) break;
        const std::uint64_t bytes = piece.bytes.size() + piece.file.length;
        if (bytes == 0) continue;  // as a chunk it would be the end
        if (framing.kind == ResponseFraming::length) {
            if (bytes > left) co_return cut(Error{Error::failed, 0, "a body is longer than it said", ""});
            left -= bytes;
        }
        if (is_chunked) {
            std::array<char, 20> size;
            char* end = std::to_chars(size.data(), size.data() + 16, bytes, 16).ptr;
            *end++ = '\r';
            *end++ = '\n';
            const std::string_view line(size.data(), static_cast<std::size_t>(end - size.data()));
            if (!output.append(line)) {
                auto flushed = co_await output.flush(line);
                if (!flushed) co_return flushed;
            }
        }
        if (piece.file.length > 0) {
            auto sent = co_await send_slice(output, piece.file, framing.kind == ResponseFraming::length && left == 0,
                                             service_->limits.send_time, content_sent_);
            if (!sent) co_return sent;
        } else {
            if (bytes > small_content || !output.append(piece.bytes.view)) {
                auto sent = co_await output.flush(piece.bytes.view);
                if (!sent) co_return sent;
            }
            content_sent_ += bytes;
        }
        if (is_chunked && !output.append("\r\n")) {
            auto flushed = co_await output.flush("\r\n");
            if (!flushed) co_return flushed;
        }
        if (story_) [[unlikely]]
            story_->tell_content(trace::Message::response, content_sent_, source.length());
        in_turn = turn == loop.turn() ? in_turn + bytes : bytes;
        turn = loop.turn();
        if (in_turn >= most_content_a_turn) {
            const bool not_cancelled = co_await io::yield();
            if (!not_cancelled) co_return fail(Error::cancelled, "the connection is closing");
        }
    }
    if (framing.kind == ResponseFraming::length && left > 0)
        co_return cut(Error{Error::failed, 0, "a body is shorter than it said", ""});
    if (!is_chunked) co_return Result<void>();

    std::string end = "0\r\n";
    const auto* trailers = source.trailers();
    // Only for who says that it keeps them (RFC 9110 §6.5.1). Not done: a Trailer field before the content (§6.6.2), as
    // their names are seldom known then.
    if (trailers != nullptr && http::has_member(request_.fields.all(Name::te), "trailers"))
        append_lines(end, *trailers);
    if (story_ && end.size() > 3) [[unlikely]]
        story_->tell_trailers(trace::Message::response, *trailers);
    end += "\r\n";
    if (output.append(end)) co_return Result<void>();
    auto sent = co_await output.flush(end);
    co_return sent;
}

io::Task<Result<void>> Session::inform(http::Status status, const http::Fields& fields)
{
    assert(http::is_informational(status) && status != Status::switching_protocols);
    // Not to an HTTP/1.0 client (RFC 9110 §15.2), and not behind the head of the answer.
    if (request_.version == http::Version::http_1_0 || answer_begun_) co_return Result<void>();
    if (status == Status::continue_) connection_->content.send_no_continue();
    std::string head(http::status_line(status));
    append_lines(head, fields);
    head += "\r\n";
    if (!connection_->output.append(head)) co_return fail(Error::exhausted, "no room for an interim response");
    connection_->output.push();
    if (story_) [[unlikely]]
        story_->tell_response({.status = http::code_of(status), .version = "HTTP/1.1", .is_interim = true}, fields);
    co_return Result<void>();
}

}  // namespace cais::http1
