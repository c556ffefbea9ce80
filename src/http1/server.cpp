#include "http1/server.h"

#include "http1/session.h"

namespace cais::http1 {

Service::Service(base::Shared<http::Entry> to, const http::Limits& with, std::string_view server)
    : entry(std::move(to))
    , limits(with)
    , common(server)
{
}

Service::~Service() = default;

std::unique_ptr<Session> Service::take()
{
    if (kept_.empty()) return std::make_unique<Session>(*this);
    auto session = std::move(kept_.back());
    kept_.pop_back();
    return session;
}

void Service::give_back(std::unique_ptr<Session> session)
{
    if (kept_.size() < most_kept) kept_.push_back(std::move(session));
}

io::Task<void> serve(io::Stream& stream, const http::Connection& about, Service& service)
{
    std::uint64_t requests = 0;
    for (;;) {
        // Nothing is held here but this frame.
        auto ready = co_await stream.rest(io::Stream::For::reading, service.limits.idle_time);
        if (!ready) co_return;
        auto session = service.take();
        const auto next = co_await session->run(stream, about, requests);
        service.give_back(std::move(session));
        if (next == Session::Next::close || service.stage == Service::Stage::closing) co_return;
    }
}

}  // namespace cais::http1
