// The server: listeners, one loop a core, and stopping without losing anybody.
#pragma once
#include "base/result.h"
#include "http/limits.h"
#include "io/address.h"
#include "io/descriptor.h"
#include "server/access_log.h"
#include "server/modules.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cais::io {
class Pool;
}

namespace cais::server {

struct ListenAddress {
    io::Address address;
    bool may_be_absent = false;  // left out silently where this machine has no such address family
};

struct Settings {
    std::vector<ListenAddress> listen;
    unsigned workers = 0;  // 0: one a core
    http::Limits limits;
    std::uint64_t connections = 0;  // at once; 0: as many as descriptors allow, less a reserve
    base::Duration stop_time = std::chrono::seconds(30);
    ModuleSettings modules;
    bool trace_method = false;
    std::optional<AccessLog::Config> access_log;
};

class Worker;

class Server {
public:
    // What could not be done, for a person: "listen at 127.0.0.1:8080: Address already in use …".
    struct Failure {
        std::string what;
    };

    explicit Server(Settings settings);
    ~Server();

    // Opens everything that can fail: the log, the modules, the listeners. Empty where all is well.
    [[nodiscard]] std::optional<Failure> open();

    // Where it listens, after open(): the port that 0 became.
    [[nodiscard]] const std::vector<io::Address>& addresses() const noexcept { return addresses_; }

    // Serves until SIGTERM or SIGINT has come and what was in flight has ended.
    void run();

private:
    [[nodiscard]] std::optional<Failure> open_listeners(unsigned workers);
    void stop_all();

    Settings settings_;
    std::vector<io::Address> addresses_;
    std::vector<std::vector<io::Descriptor>> listeners_;  // of each worker
    std::unique_ptr<AccessLog> log_;
    std::unique_ptr<io::Pool> pool_;
    std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace cais::server
