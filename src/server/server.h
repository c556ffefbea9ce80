// The server: one loop a core, each with its share of the listeners, a snapshot of the configuration, and connections
// that outlive both; taking a new configuration, and stopping, without losing anybody.
#pragma once
#include "server/access_log.h"
#include "server/automatic_certificates.h"
#include "server/listener_tls.h"
#include "server/local_tls.h"
#include "server/stapling.h"
#include "server/supply.h"

#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace cais::io {
class Pool;
}

namespace cais::server {

class Snapshot;
class Worker;

// How many loops: as the configuration says, or one for each core that this process may run on.
[[nodiscard]] unsigned worker_count(const Configuration& configuration);

class Server {
public:
    Server();
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Before run(): opens everything that can fail. Signals are blocked from here on, for whoever reads them.
    // Errors    a sentence.
    [[nodiscard]] std::expected<void, std::string> open(Supply supply);

    // Where it listens now: the ports that 0 became. The first loop's, or before run().
    [[nodiscard]] const std::vector<io::Address>& addresses() const noexcept { return addresses_; }
    [[nodiscard]] const Configuration& configuration() const noexcept { return *configuration_; }

    // Serves until stop() or drain(), and until what was in flight has ended. `beside` runs on the first loop
    // meanwhile.
    void run(io::Task<void> (*beside)(void*), void* argument);

    // All that follows is for the first loop, from within `beside`.

    // Serves this instead, from one turn to the next. What can fail fails before anything has changed, and then the
    // sockets go with the supply. One at a time.
    // Errors    a sentence.
    [[nodiscard]] io::Task<std::expected<void, std::string>> take(Supply supply);

    // Takes no more connections and ends when what is in flight has; after the stop time it is cut.
    void stop();
    // The same for one that has a successor at its sockets: it waits for whoever still moves octets, however long.
    // stop() may follow.
    void drain();
    [[nodiscard]] bool is_ending() const noexcept { return is_ending_; }

    // What `cais cert renew` asks for.
    [[nodiscard]] ControlCommand& renewal() noexcept { return automatic_; }

    // What `cais cert list` asks for.
    [[nodiscard]] ControlCommand& local_certificates() noexcept { return local_; }

    // Opens the access log by its name again; with `opened`, which somebody else opened so, that is taken.
    void reopen_log(io::Descriptor opened = {});

private:
    struct Snapshots {
        std::vector<base::Shared<Snapshot>> each;  // worker's
        TlsContexts contexts;
        AutomaticCertificates::Prepared automatic;
    };
    // What snapshots refer to beside their configuration.
    struct Surroundings {
        std::vector<io::Address> bound;
        std::shared_ptr<auth::Realm> realm;
        const AutomaticCertificates* automatic;  // as for the challenges that it answers
        std::vector<acme::Name> new_names;       // of certificates by themselves
        TlsState tls;
    };
    [[nodiscard]] static std::expected<Snapshots, std::string> make_snapshots(const Supply& supply,
                                                                              const Surroundings& around,
                                                                              std::size_t count);
    [[nodiscard]] Surroundings surroundings_of(const Supply& supply) const;
    struct Beside {
        Server* server;
        io::Task<void> (*function)(void*);
        void* argument;
    };
    static io::Task<void> run_beside(void* argument);
    [[nodiscard]] std::expected<std::shared_ptr<AccessLog>, std::string> log_for(const Configuration& configuration,
                                                                                 io::Descriptor opened);
    [[nodiscard]] std::vector<io::Address> bound_addresses(const Supply& supply) const;
    void note_listeners(const Supply& supply);

    struct Known {
        std::uint32_t number;
        io::Address bound;
    };
    TlsState tls_;
    AutomaticCertificates automatic_{tls_.certificates};
    LocalTls local_{tls_.certificates};
    Stapling stapling_{tls_.certificates};
    io::Scope keeping_;  // the certificates, on the first loop
    std::shared_ptr<const Configuration> configuration_;
    std::vector<Known> listeners_;
    std::vector<io::Address> addresses_;
    std::uint64_t most_connections_ = 0;  // that descriptors allow
    bool is_ending_ = false;
    std::shared_ptr<AccessLog> log_;
    std::shared_ptr<auth::Realm> realm_;  // null: no route asks who it is
    std::unique_ptr<io::Pool> pool_;
    std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace cais::server
