#include "http1/server.h"

#include "http1/session.h"

namespace cais::http1 {

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
        if (!ready) co_return nullptr;
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
