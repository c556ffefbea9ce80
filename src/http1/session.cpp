#include "http1/session.h"

#include "http/list.h"
#include "http/problem_response.h"
#include "http1/framing.h"
#include "http1/resumed_stream.h"
#include "http1/server.h"
#include "trace/log.h"

#include <algorithm>
#include <cstring>

namespace cais::http1 {
namespace {

using http::Method;
using http::Name;
using http::Status;

constexpr int most_requests_a_turn = 16;
constexpr std::size_t most_known_host = 255;
constexpr bool speaks_http_2 = false;                              // nobody does yet, and 505 is the answer
constexpr std::string_view http_2_preface = "PRI * HTTP/2.0\r\n";  // its first line: RFC 9113 §3.4
constexpr std::size_t small_content = 16 * 1024;  // copied behind its head, so that both leave in one send

}  // namespace

Session::Session(Sessions& sessions)
    : sessions_(&sessions)
    , service_(&sessions.service())
    , arena_(first_block_)
    , request_(arena_, *this)
    , parser_(service_->limits)
{
}

Session::~Session() = default;

io::Task<Session::Next> Session::run(io::Stream& stream, const http::Connection& about, std::uint64_t& requests)
{
    connection_.emplace(stream, about, service_->limits, input_, arena_);
    why_closed_ = nullptr;
    parser_.restart();
    input_.make_room(io::buffer_bytes);
    Next next = Next::close;
    std::exception_ptr thrown;
    try {
        int in_turn = 0;
        for (;;) {
            const auto outcome =
                input_.is_empty() ? RequestParser::Outcome::incomplete : parser_.parse(input_.text(), request_.fields);
            if (outcome == RequestParser::Outcome::complete) {
                const bool goes_on = co_await exchange(requests);
                if (!goes_on) break;
                if (++in_turn < most_requests_a_turn) continue;
                in_turn = 0;
                auto flushed = co_await connection_->output.flush();
                if (!flushed) break;
                if (input_.is_empty()) continue;
                const bool not_cancelled = co_await io::yield();
                if (!not_cancelled) break;
                continue;
            }
            if (outcome == RequestParser::Outcome::refused) {
                if (speaks_http_2 && requests == 0 && about.security == nullptr &&
                    input_.text().starts_with(http_2_preface)) {
                    unread_ = input_.text();
                    next = Next::http_2;
                    break;
                }
                co_await refuse(parser_.refusal());
                break;
            }
            Flow flow = read_more();
            if (flow == Flow::go_on) continue;
            // What is answered leaves before the connection waits for anything else.
            if (!connection_->output.is_empty()) {
                connection_->output.try_flush(io::More::no);
                if (!connection_->output.is_empty()) {
                    auto flushed = co_await connection_->output.flush();
                    if (!flushed) break;
                }
            }
            if (flow == Flow::idle) {
                next = Next::idle;
                break;
            }
            if (flow == Flow::close) break;
            flow = co_await wait_for_head();
            if (flow != Flow::go_on) break;
        }
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown) [[unlikely]] {
        http::log_thrown("serving a connection", thrown);
        next = Next::close;
        stream.abort();
    }
    if (about.trace != nullptr && next == Next::close) [[unlikely]]
        tell_closed(requests);
    if (request_.has_scope()) co_await end_scope();
    if (connection_->output.is_pushing()) co_await connection_->output.stop_pushing();
    io::Loop::current()->not_at_turn_end(*this);
    story_.reset();
    connection_.reset();
    input_.release();
    request_.reset();
    entry_ = {};
    arena_.reset();
    co_return next;
}

// Ends what goes on beside the exchange. False where one of its tasks has thrown.
io::Task<bool> Session::end_scope()
{
    std::exception_ptr thrown;
    request_.scope().cancel();
    try {
        co_await request_.scope().end();
    } catch (...) {
        thrown = std::current_exception();
    }
    if (!thrown) co_return true;
    http::log_thrown("in a task of a request", thrown);
    co_return false;
}

// Reads once. wait: nothing more is there, and a head has begun; idle: nothing at all.
Session::Flow Session::read_more()
{
    if (connection_->is_reading_over) return Flow::close;
    if (input_.space() == 0) {
        // Only a head that is larger than the buffer comes here; its own limit is the parser's.
        const std::size_t wanted =
            static_cast<std::size_t>(service_->limits.request_line + service_->limits.fields) + 4 * io::buffer_bytes;
        if (input_.make_room(std::min(wanted, input_.text().size() * 4))) {
            request_.fields.clear();
            parser_.restart();
        } else {
            return Flow::close;
        }
    }
    const io::Progress progress = input_.fill(connection_->stream);
    switch (progress.state) {
    case io::Progress::done:
        if (connection_->head_began == base::Instant{}) connection_->head_began = io::Loop::current()->now();
        return Flow::go_on;
    case io::Progress::blocked: return input_.is_empty() ? Flow::idle : Flow::wait;
    case io::Progress::ended: connection_->is_reading_over = true; return Flow::close;
    default: return Flow::close;
    }
}

io::Task<Session::Flow> Session::wait_for_head()
{
    const base::Duration gone = io::Loop::current()->now() - connection_->head_began;
    const base::Duration left =
        std::max<base::Duration>(service_->limits.head_time - gone, std::chrono::milliseconds(1));
    auto ready = co_await connection_->stream.ready(io::Stream::For::reading, left);
    if (ready) co_return Flow::go_on;
    // An empty line alone, kept open, is no request: nobody waits for an answer.
    if (ready.error().kind == Error::timed_out && parser_.has_begun(input_.text()))
        co_await refuse({Status::request_timeout, "the request's head took too long", "RFC 9110 §15.5.9"});
    co_return Flow::close;
}

// Host: exactly one in HTTP/1.1, at most one in any version, and a valid one (RFC 9112 §3.2).
std::optional<Refusal> Session::check_host()
{
    if (!request_.fields.has(Name::host)) {
        if (request_.version == http::Version::http_1_0) return std::nullopt;
        return Refusal{Status::bad_request, "the request has no Host", "RFC 9112 §3.2"};
    }
    const auto host = request_.fields.one(Name::host);
    if (!host) return Refusal{Status::bad_request, "the request has more than one Host", "RFC 9112 §3.2"};
    // Mostly it is the one that was asked for before: 290 instructions of 4,750 for a request (callgrind).
    if (*host == known_host_) return std::nullopt;
    if (!http::valid_host(*host)) return Refusal{Status::bad_request, "Host is not a host and a port", "RFC 9112 §3.2"};
    if (host->size() <= most_known_host) known_host_.assign(*host);
    return std::nullopt;
}

// It is known who is asked: by what is served now, until this exchange ends.
void Session::ask(std::string_view host)
{
    request_.host = host;
    entry_ = service_->entry;
}

// What the head says, once it is whole.
std::optional<Refusal> Session::understand()
{
    request_.method_text = parser_.method();
    request_.method = http::method_of(request_.method_text);
    request_.target_text = parser_.target();
    request_.version = parser_.version();
    if (auto refusal = check_host()) return refusal;
    // From here on it is known who is asked, and what he says of every answer; unless the target names another.
    const auto hosts = request_.fields.all(Name::host);
    const bool is_asked_by_host = request_.target_text.starts_with('/');
    if (is_asked_by_host) ask(hosts ? hosts.front() : std::string_view{});

    auto framing = request_framing(request_.version, request_.fields);
    if (!framing) return http::refusal_of(framing.error());

    auto target = http::parse_target(request_.method, request_.target_text, arena_);
    if (!target) return http::refusal_of(target.error());
    request_.target = *target;
    if (!target->scheme.empty()) {
        if (auto refusal = http::check_scheme(target->scheme, connection_->about)) return refusal;
    }
    // An absolute target's authority is used over Host (RFC 9112 §3.2.2).
    if (!target->authority.empty()) ask(target->authority);
    else if (!is_asked_by_host) ask(hosts ? hosts.front() : std::string_view{});

    bool expects_continue = false;
    if (request_.fields.has(Name::expect)) {
        const auto expectation = http::expectation_of(request_.fields);
        if (!expectation.is_known) return http::unknown_expectation;
        // A 100-continue in an HTTP/1.0 request is ignored.
        expects_continue = expectation.is_continue && request_.version != http::Version::http_1_0;
    }
    connection_->content.start(*framing, parser_.length(), expects_continue);
    if (story_ && connection_->content.is_whole()) [[unlikely]]
        story_->tell_message_end(trace::Message::request, 0);
    if (framing->kind != Framing::none)
        request_.body = http::Body(static_cast<http::Body::Source&>(connection_->content));
    return std::nullopt;
}

// One request, whose head is whole, to its response's last octet. False: the connection closes.
io::Task<bool> Session::exchange(std::uint64_t& requests)
{
    ++requests;
    if (connection_->about.trace != nullptr) [[unlikely]]
        begin_story();
    content_sent_ = 0;
    answer_begun_ = body_failed_ = false;
    first_.reset();
    io::Loop& loop = *io::Loop::current();
    ContentReader& content = connection_->content;
    http::Output& output = connection_->output;
    request_.connection = &connection_->about;
    request_.client = connection_->about.peer;
    if (service_->observer != nullptr) {
        request_.received = loop.wall_now();
        request_.started = base::now();
    }
    if (auto refusal = understand()) {
        co_await refuse(*refusal);
        co_return false;
    }

    // Earlier answers do not wait for this request's handler.
    if (!output.is_empty()) loop.at_turn_end(*this);
    std::optional<http::Response> made;
    try {
        auto response = co_await entry_->handle(request_);
        made.emplace(std::move(response));
    } catch (...) {
        http::log_thrown("answering a request", std::current_exception());
    }
    loop.not_at_turn_end(*this);
    if (!made || (http::is_informational(made->status) && !made->takeover)) [[unlikely]]
        made.emplace(http::failure(request_, *entry_));
    http::Response& response = *made;
    request_.answered = response.status;

    const ResponseFraming framing = response_framing(request_, response);
    const bool has_content = framing.kind != ResponseFraming::none && request_.method != Method::head &&
                             !(framing.kind == ResponseFraming::length && framing.bytes == 0);
    // A body that is made of content for which the client waits to be asked: 100 (Continue) cannot follow the head.
    if (content.is_awaited() && has_content && response.body.source() != nullptr) [[unlikely]]
        first_ = co_await pull(*response.body.source());
    Result<void> sent;
    if (response.takeover && !content.is_whole()) [[unlikely]] {
        const bool discarded = co_await content.discard();
        if (!discarded) sent = fail(Error::ended, "the request's content is not whole");
    }

    const Persistence persistence = persistence_after(response, framing, requests);
    if (persistence == Persistence::close) why_closed_ = says_last() ? "the client said so" : "the answer said so";
    content.send_no_continue();
    answer_begun_ = true;
    if (sent && !append_whole(response, framing, persistence, has_content)) {
        auto done = co_await send(response, framing, persistence, has_content);
        sent = done;
    }
    bool goes_on = sent && persistence != Persistence::close;
    if (sent && response.takeover) [[unlikely]] {
        why_closed_ = "another protocol took the connection over";
        co_await take_over(*response.takeover);
        goes_on = false;
    }
    if (request_.has_scope() || (goes_on && !content.is_whole())) [[unlikely]] {
        // The peer gets the whole answer before we wait for anything, or call off what worked for it.
        if (sent) {
            auto flushed = co_await output.flush();
            sent = flushed;
        }
        if (request_.has_scope()) {
            const bool ended_well = co_await end_scope();
            goes_on = goes_on && ended_well;
        }
        goes_on = goes_on && sent;
        if (goes_on && !content.is_whole()) {
            const bool discarded = co_await content.discard();
            goes_on = discarded;
        }
    }

    // Who said that this was its last request, and has sent it whole, loses nothing when we close.
    const bool may_close_at_once = content.is_whole() && content.unread().empty() && says_last();
    const bool is_cut = !sent && body_failed_ && framing.kind != ResponseFraming::close;
    const bool took_over = response.takeover != nullptr;
    end_exchange(sent.has_value());
    made.reset();
    request_.reset();
    entry_ = {};
    arena_.reset();
    parser_.restart();
    if (goes_on) {
        if (connection_->about.trace != nullptr) [[unlikely]]
            connection_->about.trace->say(trace::ConnectionKept{service_->limits.idle_time});
        content.leave();
        connection_->head_began = input_.is_empty() ? base::Instant{} : loop.now();
        co_return true;
    }
    if (!sent && !is_cut) {
        output.discard();
        connection_->stream.abort();
        co_return false;
    }
    // A message that lacks its end shows that it was cut; the answers before it need not be lost with it.
    auto flushed = co_await output.flush();
    if (flushed && !may_close_at_once && !took_over) co_await linger();
    co_return false;
}

// The connection is no longer HTTP's. What came behind the request comes first.
io::Task<void> Session::take_over(http::Takeover& takeover)
{
    auto flushed = co_await connection_->output.flush();
    if (!flushed) co_return;
    ResumedStream stream(connection_->stream, connection_->content.unread());
    co_await takeover.run(stream);
}

// Whether the client sends no further request on this connection: RFC 9112 §9.3.
bool Session::says_last() const
{
    const auto options = request_.fields.all(Name::connection);
    if (options && http::has_member(options, "close")) return true;
    return request_.version == http::Version::http_1_0 && !(options && http::has_member(options, "keep-alive"));
}

Persistence Session::persistence_after(const http::Response& response, const ResponseFraming& framing,
                                       std::uint64_t requests) const
{
    if (response.takeover) return Persistence::keep;  // its module says what becomes of the connection
    if (response.close || service_->stage() != http::Service::Stage::serving || connection_->is_reading_over ||
        framing.kind == ResponseFraming::close)
        return Persistence::close;
    if (service_->limits.requests != 0 && requests >= service_->limits.requests) return Persistence::close;
    if (says_last()) return Persistence::close;
    const ContentReader& content = connection_->content;
    if (!content.is_whole()) {
        // Whether a client that waits for 100 will send its content now cannot be known (RFC 9110 §10.1.1); what is
        // surely too much to read off is not begun.
        if (content.is_broken() || content.is_awaited()) return Persistence::close;
        const bool is_too_much = content.left() != UINT64_MAX && content.left() > service_->limits.unread_content;
        // What the answer's own body is made of will be read.
        if (is_too_much && response.body.source() == nullptr) return Persistence::close;
    }
    return request_.version == http::Version::http_1_0 ? Persistence::keep_spoken : Persistence::keep;
}

// The hot path: a head, and content that fits behind what waits already, without another coroutine. False where more is
// to be done; what was done shows in `head_written_`.
bool Session::append_whole(const http::Response& response, const ResponseFraming& framing, Persistence persistence,
                           bool has_content)
{
    http::Output& output = connection_->output;
    const std::string_view common = sessions_->common.at(io::Loop::current()->wall_now());
    const std::string_view before = story_ ? output.last_buffer() : std::string_view();
    head_written_ = write_head(output, overflow_, response, framing, persistence, common);
    if (story_ && head_written_) [[unlikely]]
        tell_head(response.status, before);
    if (!head_written_ || !overflow_.empty()) [[unlikely]]
        return false;
    if (!has_content) return true;
    const auto* bytes = response.body.bytes();
    if (bytes == nullptr || bytes->size() > small_content || !output.append(bytes->view)) return false;
    content_sent_ = bytes->size();
    return true;
}

// Says why, and closes: where the next request would begin is not known.
io::Task<void> Session::refuse(Refusal refusal)
{
    if (service_->observer != nullptr && request_.received == base::WallTime{}) {
        request_.received = io::Loop::current()->wall_now();
        request_.started = base::now();
    }
    request_.connection = &connection_->about;
    request_.client = connection_->about.peer;
    if (connection_->about.trace != nullptr) [[unlikely]] {
        if (!story_) story_ = std::make_unique<http::ExchangeStory>(*connection_->about.trace);
        story_->tell_refusal(refusal.what);
    }
    why_closed_ = refusal.what;
    http::Response response = http::problem_response(request_, refusal.status, refusal.what, refusal.source);
    response.close = true;
    if (entry_) entry_->complete(request_, response);
    request_.answered = refusal.status;
    request_.method_text = parser_.method();
    request_.method = http::method_of(request_.method_text);
    request_.target_text = parser_.target();
    connection_->content.forget();
    content_sent_ = 0;
    const ResponseFraming framing = response_framing(request_, response);
    const bool has_content = request_.method != Method::head;
    Result<void> sent;
    if (!append_whole(response, framing, Persistence::close, has_content)) {
        auto done = co_await send(response, framing, Persistence::close, has_content);
        sent = done;
    }
    if (sent) {
        auto flushed = co_await connection_->output.flush();
        sent = flushed;
    }
    end_exchange(sent.has_value());
    if (sent) co_await linger();
}

// Closing at once with octets unread would be a reset, which can take the answer from the peer: what still comes is
// read off for a little while (RFC 9112 §9.6). What the input holds is lost.
io::Task<void> Session::linger()
{
    io::Stream& stream = connection_->stream;
    stream.shut_down();
    const base::Instant until = io::Loop::current()->now() + service_->limits.unread_time;
    std::uint64_t discarded = 0;
    while (discarded < service_->limits.unread_content) {
        input_.clear();
        const io::Progress progress = input_.fill(stream);
        if (progress.state == io::Progress::done) {
            discarded += progress.bytes;
            continue;
        }
        if (progress.state != io::Progress::blocked) co_return;
        const base::Instant now = io::Loop::current()->now();
        if (now >= until) co_return;
        auto ready = co_await stream.ready(io::Stream::For::reading, until - now);
        if (!ready) co_return;
    }
}

void Session::end_exchange(bool complete) noexcept
{
    http::tell_ended(*service_, request_, {content_sent_, connection_->content.received(), complete});
    request_.received = {};
    if (!story_) [[likely]]
        return;
    connection_->content.tell(nullptr);
    story_->tell_end({http::code_of(request_.answered), complete, content_sent_, connection_->content.received()});
    story_.reset();
}

// A request's head has come, and somebody listens.
void Session::begin_story()
{
    story_ = std::make_unique<http::ExchangeStory>(*connection_->about.trace);
    request_.trace = &story_->context();
    connection_->content.tell(story_.get());
    story_->tell_request(
        {.method = parser_.method(), .target = parser_.target(), .version = http::text_of(parser_.version())},
        request_.fields);
}

// The head as it was written: behind what was in the buffer before, or in the overflow.
void Session::tell_head(http::Status status, std::string_view before)
{
    std::string_view head = overflow_.empty() ? connection_->output.last_buffer() : std::string_view(overflow_);
    if (overflow_.empty() && head.data() == before.data()) head.remove_prefix(before.size());
    std::vector<trace::Field> lines;
    const auto take_line = [&] {
        const std::string_view line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(line.size() + 2, head.size()));
        return line;
    };
    const std::string_view first = take_line();  // "HTTP/1.1 200 OK"
    for (auto line = take_line(); !line.empty(); line = take_line()) {
        const auto colon = line.find(": ");
        lines.push_back({line.substr(0, colon), line.substr(std::min(colon + 2, line.size()))});
    }
    story_->tell_response(trace::ResponseHead{.status = http::code_of(status),
                                              .version = first.substr(0, first.find(' ')),
                                              .fields = lines,
                                              .reason = first.substr(std::min<std::size_t>(13, first.size()))});
}

void Session::tell_closed(std::uint64_t requests)
{
    const bool by_peer = connection_->is_reading_over && why_closed_ == nullptr;
    connection_->about.trace->say(trace::ConnectionClosed{.why = why_closed_ != nullptr ? why_closed_
                                                                 : by_peer              ? "the peer closed it"
                                                                                        : "it failed, or was cut",
                                                          .exchanges = requests,
                                                          .is_failure = why_closed_ == nullptr && !by_peer,
                                                          .by_peer = by_peer});
}

io::Task<Result<void>> Session::peer_gone()
{
    auto gone = co_await connection_->stream.peer_gone();
    co_return gone;
}

void Session::turn_ended() noexcept
{
    if (connection_) connection_->output.push();
}

}  // namespace cais::http1
