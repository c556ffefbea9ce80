#include "client/exchange.h"

#include "http/method.h"

namespace cais::client {

Exchange::Exchange(Pool& pool, Way way, const Request& request, trace::Context trace)
    : pool_(&pool)
    , way_(std::move(way))
    , request_(&request)
    , trace_(trace)
{
}

Result<void> Exchange::prepare(http::OutgoingRequest& outgoing) const
{
    outgoing.method = request_->method;
    outgoing.authority = request_->authority;
    outgoing.target = request_->target;
    // RFC 9112 §3.2.2: a proxy is told whom to ask.
    if (way_.proxy && !way_.is_tunnel()) {
        const std::string_view path = request_->target == "*" ? "" : std::string_view(request_->target);
        outgoing.target = outgoing.fields.arena().join("http://", request_->authority, path);
        if (!way_.proxy->authorization.empty())
            outgoing.fields.add(http::Name::proxy_authorization, way_.proxy->authorization);
    }
    for (const auto& field : request_->fields) outgoing.fields.add(field.name, field.value);
    outgoing.close = request_->close;
    outgoing.interim = request_->interim;
    if (!request_->content) return {};
    auto body = request_->content();
    if (!body) return std::unexpected(body.error());
    outgoing.body = std::move(*body);
    return {};
}

// Whoever acted on it before, acting on it again changes nothing (RFC 9110 §9.2.2), and the content is there again.
bool Exchange::may_repeat() const
{
    return http::is_idempotent(http::method_of(request_->method)) && (!request_->content || request_->repeats_content);
}

io::Task<std::expected<void, Failure>> Exchange::ask()
{
    for (;;) {
        auto opened = co_await pool_->open(way_, trace_, tries_ > 0 ? Pool::Fresh::yes : Pool::Fresh::no);
        if (!opened) co_return std::unexpected(opened.error());
        lease_ = std::move(*opened);
        ++tries_;
        outgoing_.reset();
        arena_.reset();
        outgoing_.emplace(arena_);
        Result<http::IncomingResponse> answer = fail(Error::failed, "nothing was asked");
        auto prepared = prepare(*outgoing_);
        if (prepared) {
            auto asked = co_await lease_.turn().ask(*outgoing_);
            answer = std::move(asked);
        } else {
            answer = std::unexpected(prepared.error());
        }
        if (answer) {
            response_.emplace(std::move(*answer));
            co_return std::expected<void, Failure>();
        }
        // RFC 9112 §9.3.1: a server may close a connection that rests at any time.
        const bool was_closed = answer.error().kind == Error::ended && lease_.turn().nothing_received();
        if (!was_closed || !lease_.is_reused() || tries_ > 1 || !may_repeat()) {
            Failure failure{answer.error(), Phase::exchange,
                            "ask " + request_->authority + ": " + base::describe(answer.error())};
            failure.nothing_received = lease_.turn().nothing_received();
            co_return std::unexpected(std::move(failure));
        }
        co_await lease_.end();
        if (trace_) trace_.say(trace::Retry{tries_ + 1, "the server had closed the connection that was kept", {}});
    }
}

io::Task<void> Exchange::end()
{
    response_.reset();
    co_await lease_.end();
}

}  // namespace cais::client
