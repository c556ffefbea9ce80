// One loop's share of the server: its listeners, its connections, its handlers.
#pragma once
#include "http1/server.h"
#include "io/listener.h"
#include "io/loop.h"
#include "io/pool.h"
#include "io/scope.h"
#include "server/access_log.h"
#include "server/dispatch.h"
#include "server/server.h"

#include <atomic>
#include <memory>
#include <span>
#include <vector>

namespace cais::server {

class Worker final : private http::ExchangeObserver, private io::TurnEnd {
public:
    // `log` may be null. `most_connections` is this worker's share.
    Worker(const Settings& settings, Modules modules, io::Pool& pool, AccessLog* log, std::uint64_t most_connections);

    // Its listening sockets, and all workers: who is much busier than another hands new connections over.
    void start_with(std::vector<io::Descriptor> listeners, std::span<const std::unique_ptr<Worker>> all);

    // On its own thread: serves until stop(), then until what was in flight has ended, or the stop time is over.
    // `beside`, where given, is a task that runs as long as the worker serves.
    void run(io::Task<void> (*beside)(void*), void* argument);

    // From any thread.
    void stop();

private:
    io::Task<void> main(io::Task<void> (*beside)(void*), void* argument);
    io::Task<void> accept(io::Listener& listener);
    io::Task<void> empty_queue(io::Listener& listener, base::Instant until);
    io::Task<void> connection(io::Descriptor socket, io::Address peer);
    io::Task<void> cut_later();
    io::Task<void> hand_over_log();
    io::Task<void> tend();
    [[nodiscard]] Worker& least_busy() noexcept;
    void begin(io::Accepted accepted);

    void exchange_ended(const http::ExchangeRecord& record) noexcept override;
    void turn_ended() noexcept override;

    const Settings* settings_;
    Modules modules_;
    Dispatch dispatch_;
    http1::Service service_;
    io::Loop loop_;
    std::uint64_t most_connections_;
    std::atomic<std::uint64_t> connections_{0};  // read by the others
    std::span<const std::unique_ptr<Worker>> all_;
    std::vector<std::unique_ptr<io::Listener>> listeners_;
    io::Scope open_connections_;
    io::Event stopping_;
    std::optional<AccessLog::Buffer> log_;
    io::Event log_has_lines_;
};

}  // namespace cais::server
