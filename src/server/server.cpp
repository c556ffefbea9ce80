#include "server/server.h"

#include "io/pool.h"
#include "io/signals.h"
#include "server/tracing.h"
#include "server/worker.h"
#include "trace/log.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace cais::server {
namespace {

constexpr unsigned pool_threads = 8;
// Descriptors that connections may not have: listeners, loops, logs, open files, directories being listed.
constexpr std::uint64_t reserved_descriptors = 512;
constexpr auto make_time = std::chrono::seconds(60);  // for what a configuration names to be opened
constexpr auto swap_time = std::chrono::seconds(10);  // for every loop to come to its next turn

// As many descriptors as we may have.
std::uint64_t raise_descriptor_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
        ::getrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur;
}

// For when no loop reads signals any more. One that is pending ends the program here and now.
void exit_at_next_signal()
{
    struct sigaction action{};
    action.sa_handler = [](int signal) { ::_exit(128 + signal); };
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT}) {
        ::sigaction(signal, &action, nullptr);
        sigaddset(&set, signal);
    }
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

// The log that the configuration asks for; empty where it asks for none.
std::optional<AccessLog::Config> log_config(const Configuration& configuration)
{
    const Log& log = configuration.log;
    if (log.access == Log::Access::off) return std::nullopt;
    if (log.access == Log::Access::by_default && log.file.empty() && !trace::is_terminal(STDOUT_FILENO))
        return std::nullopt;
    return AccessLog::Config{log.format, log.file};
}

// The sockets of one worker of `count`: its own where it has one, else a share in another's.
std::vector<Change::Socket> sockets_of(std::vector<ListenerSockets>& opened, std::size_t worker, std::size_t count)
{
    std::vector<Change::Socket> sockets;
    for (auto& listener : opened) {
        const std::size_t there = listener.sockets.size();
        for (std::size_t i = worker; i < std::max(there, count); i += count) {
            const int shared = listener.sockets[i % there].get();
            sockets.push_back({listener.number, listener.is_lent, io::Descriptor(::fcntl(shared, F_DUPFD_CLOEXEC, 3))});
        }
    }
    return sockets;
}

}  // namespace

unsigned worker_count(const Configuration& configuration)
{
    if (configuration.workers != 0) return configuration.workers;
    cpu_set_t set;
    CPU_ZERO(&set);
    // What this process may run on, which a container or taskset makes fewer.
    if (::sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
    return std::max(1u, std::thread::hardware_concurrency());
}

Server::Server() = default;
Server::~Server()
{
    pool_.reset();  // its jobs post to the workers' loops
}

// Where each of listeners(configuration) is bound; none where it was left out.
std::vector<io::Address> Server::bound_addresses(const Supply& supply) const
{
    std::vector<io::Address> bound;
    for (const std::uint32_t number : supply.numbers) {
        io::Address& address = bound.emplace_back();
        for (const auto& known : listeners_)
            if (known.number == number) address = known.bound;
        for (const auto& listener : supply.opened)
            if (listener.number == number) address = listener.bound;
    }
    return bound;
}

Server::Surroundings Server::surroundings_of(const Supply& supply) const
{
    const Configuration& wanted = *supply.configuration;
    Surroundings around{.bound = bound_addresses(supply),
                        .realm = nullptr,
                        .automatic = &automatic_,
                        .new_names = automatic_.new_names(wanted),
                        .tls = tls_};
    const auto asks_who = [](const Site& site) {
        return std::ranges::any_of(site.routes, [](const Route& route) { return route.auth.has_value(); });
    };
    if (std::ranges::none_of(wanted.sites, asks_who)) return around;
    // The one that is there, so that nobody is asked again.
    if (realm_ && configuration_->state == wanted.state && configuration_->realm == wanted.realm) around.realm = realm_;
    else
        around.realm =
            std::make_shared<auth::Realm>(auth::Realm::Settings{.state = wanted.state, .name = wanted.realm});
    return around;
}

// What is read here was perhaps read by the parent, who may.
std::expected<Server::Snapshots, std::string> Server::make_snapshots(const Supply& supply, const Surroundings& around,
                                                                     std::size_t count)
{
    std::optional<base::HandedFiles::Use> use;
    if (supply.files) use.emplace(*supply.files);
    auto listener_tls = make_listener_tls(*supply.configuration, supply.numbers, around.tls);
    if (!listener_tls) return std::unexpected(std::move(listener_tls.error()));
    const Circumstances circumstances{.listeners = supply.numbers,
                                      .bound = around.bound,
                                      .client_rules = listener_tls->client_rules,
                                      .realm = around.realm,
                                      .challenges = around.automatic};
    auto automatic = around.automatic->prepare(supply.configuration->acme, around.new_names);
    if (!automatic) return std::unexpected(std::move(automatic.error()));
    Snapshots snapshots{{}, std::move(listener_tls->contexts), std::move(*automatic)};
    for (std::size_t i = 0; i < count; ++i) {
        auto snapshot = Snapshot::make(supply.configuration, circumstances);
        if (!snapshot) return std::unexpected(std::move(snapshot.error()));
        snapshots.each.push_back(std::move(*snapshot));
    }
    return snapshots;
}

// The one that is there, where nothing about it has changed.
std::expected<std::shared_ptr<AccessLog>, std::string> Server::log_for(const Configuration& configuration,
                                                                       io::Descriptor opened)
{
    const auto wanted = log_config(configuration);
    if (!wanted) return nullptr;
    if (log_ && log_->config() == *wanted) return log_;
    auto log = AccessLog::open(*wanted, std::move(opened));
    if (!log) return std::unexpected("access log " + wanted->file + ": " + base::describe(log.error()));
    return std::shared_ptr<AccessLog>(std::move(*log));
}

void Server::note_listeners(const Supply& supply)
{
    std::erase_if(listeners_, [&](const Known& known) {
        return std::ranges::find(supply.closed, known.number) != supply.closed.end();
    });
    for (const auto& listener : supply.opened) listeners_.push_back({listener.number, listener.bound});
    addresses_.clear();
    for (const std::uint32_t number : supply.numbers)
        for (const auto& known : listeners_)
            if (known.number == number) addresses_.push_back(known.bound);
}

std::expected<void, std::string> Server::open(Supply supply)
{
    const std::uint64_t descriptors = raise_descriptor_limit();
    trace::prepare();
    io::block_signals({SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2});
    const Configuration& configuration = *supply.configuration;
    trace::set_level(configuration.log.level);
    if (configuration.tracing) configuration.tracing->start();
    most_connections_ = descriptors - std::min(reserved_descriptors, descriptors / 4);
    const std::size_t count = worker_count(configuration);

    auto log = log_for(configuration, std::move(supply.log));
    if (!log) return std::unexpected(std::move(log.error()));
    log_ = std::move(*log);
    if (auto prepared = local_.prepare(configuration); !prepared) return prepared;
    local_.apply(configuration);
    Surroundings around = surroundings_of(supply);
    auto snapshots = make_snapshots(supply, around, count);
    if (!snapshots) return std::unexpected(std::move(snapshots.error()));
    if (auto applied = automatic_.apply(configuration, std::move(snapshots->automatic)); !applied) return applied;
    pool_ = std::make_unique<io::Pool>(pool_threads);
    for (std::size_t i = 0; i < count; ++i) workers_.push_back(std::make_unique<Worker>(*pool_));
    for (std::size_t i = 0; i < count; ++i)
        workers_[i]->start_with({std::move(snapshots->each[i]),
                                 log_,
                                 most_connections_ / count,
                                 sockets_of(supply.opened, i, count),
                                 {},
                                 snapshots->contexts},
                                workers_);
    stapling_.take(snapshots->contexts);
    note_listeners(supply);
    configuration_ = std::move(supply.configuration);
    realm_ = std::move(around.realm);
    return {};
}

// Certificates are obtained until the server ends or has a successor, which does it from then on.
io::Task<void> Server::run_beside(void* argument)
{
    const Beside& with = *static_cast<Beside*>(argument);
    Server& server = *with.server;
    server.keeping_.spawn(AutomaticCertificates::keep, server.automatic_);
    server.keeping_.spawn(LocalTls::keep, server.local_);
    server.keeping_.spawn(Stapling::keep, server.stapling_);
    if (with.function != nullptr) co_await with.function(with.argument);
    co_await server.keeping_.end();
}

void Server::run(io::Task<void> (*beside)(void*), void* argument)
{
    std::vector<std::thread> threads;
    std::atomic<std::size_t> others = workers_.size() - 1;
    for (std::size_t i = 1; i < workers_.size(); ++i)
        threads.emplace_back([this, i, &others] {
            workers_[i]->run(nullptr, nullptr);
            if (others.fetch_sub(1) == 1) workers_[0]->others_have_ended();
        });
    if (workers_.size() == 1) workers_[0]->others_have_ended();
    // The first goes on until the others have finished what they had begun, however long: it hears what we are told.
    Beside with{this, beside, argument};
    workers_[0]->run(run_beside, &with);
    exit_at_next_signal();
    for (auto& thread : threads) thread.join();
    if (log_) log_->flush(std::chrono::seconds(2));
}

io::Task<std::expected<void, std::string>> Server::take(Supply supply)
{
    using Outcome = std::expected<void, std::string>;
    struct Work {
        Supply supply;
        Surroundings around;
        std::expected<Snapshots, std::string> snapshots;
        std::expected<void, std::string> prepared;
    };
    const std::size_t count = workers_.size();
    auto around = surroundings_of(supply);
    auto made = co_await pool_->run(
        [count, work = Work{std::move(supply), std::move(around), {}, {}}, local = &local_]() mutable {
            work.snapshots = make_snapshots(work.supply, work.around, count);
            work.prepared = local->prepare(*work.supply.configuration);
            return std::move(work);
        },
        make_time);
    if (!made) co_return Outcome(std::unexpect, "what the configuration names could not be opened in time");
    if (!made->snapshots) co_return Outcome(std::unexpect, std::move(made->snapshots.error()));
    if (!made->prepared) co_return Outcome(std::unexpect, std::move(made->prepared.error()));
    Supply& with = made->supply;
    auto log = log_for(*with.configuration, std::move(with.log));
    if (!log) co_return Outcome(std::unexpect, std::move(log.error()));

    // From here on nothing fails.
    const std::shared_ptr<AccessLog> old_log = std::exchange(log_, std::move(*log));
    trace::set_level(with.configuration->log.level);
    [[maybe_unused]] auto applied =
        automatic_.apply(*with.configuration, std::move(made->snapshots->automatic));  // fails only the first time
    local_.apply(*with.configuration);
    io::Loop* const loop = io::Loop::current();
    auto left = std::make_shared<std::size_t>(count);
    auto all_done = std::make_shared<io::Event>();
    for (std::size_t i = 0; i < count; ++i) {
        Change change{std::move(made->snapshots->each[i]), log_,        most_connections_ / count,
                      sockets_of(with.opened, i, count),   with.closed, made->snapshots->contexts};
        workers_[i]->take(std::move(change), [loop, left, all_done] {
            loop->post([left, all_done] {
                if (--*left == 0) all_done->set();
            });
        });
    }
    stapling_.take(made->snapshots->contexts);
    note_listeners(with);
    configuration_ = std::move(with.configuration);
    realm_ = std::move(made->around.realm);
    with.opened.clear();
    [[maybe_unused]] auto swapped = co_await all_done->wait(swap_time);
    // It writes what waits when it goes, which may take a while.
    if (old_log != log_) pool_->submit([old_log] {});
    co_return Outcome();
}

void Server::stop()
{
    is_ending_ = true;
    keeping_.cancel();
    for (auto& worker : workers_) worker->stop();
}

void Server::drain()
{
    is_ending_ = true;
    keeping_.cancel();
    for (auto& worker : workers_) worker->drain();
}

void Server::reopen_log(io::Descriptor opened)
{
    if (log_) log_->reopen(std::move(opened));
}

}  // namespace cais::server
