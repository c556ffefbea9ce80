// Snapshot: everything of a configuration that one loop asks while it serves: its handlers and what they refer to. It
// never changes. A reload makes another one, off the loop, and gives it to the worker in exchange; each exchange ends
// on the one it began with, and when the last has ended the snapshot goes, on its loop.
#pragma once
#include "http/handler.h"
#include "server/configuration.h"
#include "server/dispatch.h"
#include "server/modules.h"

#include <expected>
#include <string>
#include <vector>

namespace cais::server {

class Snapshot final : public http::Entry {
public:
    // Opens what its handlers serve. On any thread: it is handed over once. `numbers` are the listeners' of
    // listeners(configuration), in that order.
    // Errors    a sentence: "serve /srv/www: …".
    [[nodiscard]] static std::expected<base::Shared<Snapshot>, std::string> make(
        const Configuration& configuration, const std::vector<std::uint32_t>& numbers);
    ~Snapshot() override;

    // No coroutine of its own: the hot path pays for one.
    [[clang::coro_wrapper]] io::Task<http::Response> handle(http::Request& request) override
    {
        return dispatch_.handle(request);
    }
    void tend() override;

    [[nodiscard]] const Limits& limits() const noexcept { return limits_; }

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
    Snapshot(DispatchSettings dispatch, const Limits& limits);

    Limits limits_;  // what handlers refer to
    Modules modules_;
    Dispatch dispatch_;
    Living* living_ = nullptr;
};

}  // namespace cais::server
