#include "http1/server.h"

#include "http1/session.h"

namespace cais::http1 {
namespace {

// Of a connection that rested.
void tell_closed(const trace::Context& trace, const Error& error, std::uint64_t requests)
{
    const std::string failed = base::describe(error);
    std::string_view why = failed;
    if (error.kind == Error::timed_out) why = "it was idle for too long";
    if (error.kind == Error::cancelled) why = "the server stops";
    const bool is_failure = error.kind != Error::timed_out && error.kind != Error::cancelled;
    trace.say(trace::ConnectionClosed{.why = why, .exchanges = requests, .is_failure = is_failure});
}

}  // namespace

Sessions::Sessions(http::Service& service)
    : common(service.server)
    , service_(&service)
{
}

Sessions::~Sessions() = default;

std::unique_ptr<Session> Sessions::take()
{
    if (kept_.empty()) return std::make_unique<Session>(*this);
    auto session = std::move(kept_.back());
    kept_.pop_back();
    return session;
}

void Sessions::give_back(std::unique_ptr<Session> session)
{
    if (kept_.size() < most_kept) kept_.push_back(std::move(session));
}

io::Task<std::unique_ptr<std::string>> serve(io::Stream& stream, const http::Connection& about, Sessions& sessions)
{
    std::uint64_t requests = 0;
    for (;;) {
        // Nothing is held here but this frame.
        auto ready = co_await stream.rest(io::Stream::For::reading, sessions.service().limits.idle_time);
        if (!ready) {
            if (about.trace != nullptr) [[unlikely]]
                tell_closed(*about.trace, ready.error(), requests);
            co_return nullptr;
        }
        auto session = sessions.take();
        const auto next = co_await session->run(stream, about, requests);
        std::unique_ptr<std::string> unread;
        if (next == Session::Next::http_2) [[unlikely]]
            unread = std::make_unique<std::string>(session->take_unread());
        sessions.give_back(std::move(session));
        if (next != Session::Next::idle || sessions.service().stage() == http::Service::Stage::closing)
            co_return std::move(unread);
    }
}

}  // namespace cais::http1
