// One loop's share of the server: its listeners, its connections, its handlers.
#pragma once
#include "http/service.h"
#include "http1/server.h"
#include "io/listener.h"
#include "io/loop.h"
#include "io/pool.h"
#include "io/scope.h"
#include "server/access_log.h"
#include "server/listener_tls.h"
#include "server/snapshot.h"
#include "server/tracing.h"

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace cais::server {

// What a loop is to serve from now on.
struct Change {
    struct Socket {
        std::uint32_t listener = 0;  // its number, which connections carry: never given to another address
        bool is_lent = false;        // it listens on when we have gone: who waits there is not ours to answer
        io::Descriptor descriptor = {};
    };
    base::Shared<Snapshot> snapshot = {};
    std::shared_ptr<AccessLog> log = {};  // null: none
    std::uint64_t most_connections = 0;   // this worker's share
    std::vector<Socket> opened = {};
    std::vector<std::uint32_t> closed = {};  // listeners: who has connected there is still answered
    TlsContexts contexts = {};
};

class Worker final : private http::ExchangeObserver, private io::TurnEnd {
public:
    explicit Worker(io::Pool& pool);

    // Before run(): what it serves first, and all workers: who is much busier than another hands new connections over.
    void start_with(Change first, std::span<const std::unique_ptr<Worker>> all);

    // From any thread: from one turn to the next, and without touching any connection. `done` is called on the loop.
    void take(Change change, std::move_only_function<void()> done);

    // On its own thread: serves until stop(), then until what was in flight has ended, or the stop time is over.
    // `beside`, where given, is a task that runs as long as the worker serves, and until others_have_ended().
    void run(io::Task<void> (*beside)(void*), void* argument);

    // From any thread. Server::stop and Server::drain say what they do.
    void stop();
    void drain();
    void others_have_ended();

private:
    io::Task<void> main(io::Task<void> (*beside)(void*), void* argument);
    // A listening socket and who accepts at it.
    struct Door {
        explicit Door(Change::Socket socket)
            : number(socket.listener)
            , is_lent(socket.is_lent)
            , listener(std::move(socket.descriptor))
        {
        }
        std::uint32_t number;
        bool is_lent;
        io::Listener listener;
        io::Scope acceptor;
        bool is_closing = false;
    };
    void apply(Change change);
    io::Task<void> accept(Door& door);
    enum class Queue : std::uint8_t { emptied, left };  // of who has connected and was not accepted
    void close_doors(Queue queue);
    io::Task<void> close(Door& door, base::Duration limit, Queue queue);
    io::Task<void> empty_queue(Door& door, base::Instant until);
    void admit(io::Descriptor socket, io::Address peer, std::uint32_t listener);
    io::Task<void> connection(io::Descriptor socket, io::Address peer, std::uint32_t listener,
                              const trace::Context* trace);
    static void tell_opened(const http::Connection& about, io::Address local, std::string_view protocol);
    io::Task<void> told(io::Descriptor socket, io::Address peer, std::uint32_t listener);
    io::Task<void> secured(io::Descriptor socket, http::Connection about,
                           std::shared_ptr<const tls::ServerContext> context);
    io::Task<void> cut_later();
    io::Task<void> give_memory_back();
    io::Task<void> hand_over_log();
    io::Task<void> tend();
    [[nodiscard]] Worker& least_busy() noexcept;
    void begin(io::Accepted accepted, std::uint32_t listener);
    void adopt(io::Accepted accepted, std::uint32_t listener, Worker& from);

    void exchange_ended(const http::ExchangeRecord& record) noexcept override;
    void turn_ended() noexcept override;

    Snapshot::Living living_;
    base::Duration stop_time_{};
    http::Limits limits_;  // the current snapshot's
    http::Service service_;
    http1::Sessions http1_;
    io::Loop loop_;
    std::uint64_t most_connections_ = 0;
    std::atomic<std::uint64_t> connections_{0};  // read by the others
    std::span<const std::unique_ptr<Worker>> all_;
    Change first_;
    std::vector<std::unique_ptr<Door>> doors_;
    io::Scope closing_doors_;
    TlsContexts contexts_;
    // What certificates this loop has seen; made anew with them.
    std::shared_ptr<const tls::Certificates> certificates_;
    std::optional<tls::Certificates::Reader> certificates_reader_;
    std::uint64_t most_since_given_back_ = 0;  // connections with TLS, at once
    std::uint64_t secured_connections_ = 0;
    io::Event has_memory_to_give_;
    io::Scope open_connections_;
    bool has_ended_connections_ = false;
    io::Event stopping_;
    bool is_draining_ = false;  // until stop()
    io::Event others_ended_;
    io::Event is_urgent_;  // stop() was called
    std::shared_ptr<Tracing> tracing_;  // null: nobody listens
    std::shared_ptr<AccessLog> kept_log_;
    std::optional<AccessLog::Buffer> log_;
    io::Event log_has_lines_;
};

}  // namespace cais::server
