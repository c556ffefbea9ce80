// Snapshot: everything of a configuration that one loop asks while it serves: its handlers and what they refer to. It
// never changes. A reload makes another one, off the loop, and gives it to the worker in exchange; each exchange ends
// on the one it began with, and when the last has ended the snapshot goes, on its loop.
#pragma once
#include "http/handler.h"
#include "server/configuration.h"
#include "server/router.h"

#include <expected>
#include <string>
#include <vector>

namespace cais::server {

class Snapshot final : public http::Entry {
public:
    // Opens what its handlers serve. On any thread: it is handed over once.
    // Errors    a sentence: "serve /srv/www: …".
    [[nodiscard]] static std::expected<base::Shared<Snapshot>, std::string> make(
        const std::shared_ptr<const Configuration>& configuration, const Circumstances& circumstances);
    ~Snapshot() override;

    // No coroutine of its own: the hot path pays for one.
    [[clang::coro_wrapper]] io::Task<http::Response> handle(http::Request& request) override
    {
        return router_->handle(request);
    }
    void complete(const http::Request& request, http::Response& response) const override
    {
        router_->complete(request, response);
    }
    void tend() override { router_->tend(); }

    [[nodiscard]] const Limits& limits() const noexcept { return configuration_->limits; }
    [[nodiscard]] const std::shared_ptr<Tracing>& tracing() const noexcept { return configuration_->tracing; }

    // Those of one loop that have not gone yet: the one that is served, and those that somebody is still answered by.
    // They are tended together, so that what an old one keeps for speed does not last as long as a long download.
    class Living {
    public:
        void add(Snapshot& snapshot);
        void tend();
        [[nodiscard]] std::size_t size() const noexcept { return snapshots_.size(); }

    private:
        friend class Snapshot;
        std::vector<Snapshot*> snapshots_;
    };

private:
    Snapshot(std::shared_ptr<const Configuration> configuration, std::unique_ptr<Router> router)
        : configuration_(std::move(configuration))
        , router_(std::move(router))
    {
    }

    std::shared_ptr<const Configuration> configuration_;
    std::unique_ptr<Router> router_;
    Living* living_ = nullptr;
};

}  // namespace cais::server
