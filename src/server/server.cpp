#include "server/server.h"

#include "io/listener.h"
#include "io/pool.h"
#include "io/signals.h"
#include "server/worker.h"
#include "trace/log.h"

#include <algorithm>
#include <csignal>
#include <thread>

#include <sys/resource.h>
#include <unistd.h>

namespace cais::server {
namespace {

constexpr unsigned pool_threads = 8;
// Descriptors that connections may not have: listeners, loops, logs, open files, directories being listed.
constexpr std::uint64_t reserved_descriptors = 512;

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

unsigned cores()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    // What this process may run on, which a container or taskset makes fewer.
    if (::sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
    return std::max(1u, std::thread::hardware_concurrency());
}

struct SignalTask {
    io::Signals* signals;
    AccessLog* log;
    std::function<void()> stop;
};

// As long as the server runs. The first SIGTERM or SIGINT stops it, the second ends the program at once.
io::Task<void> obey_signals(void* argument)
{
    auto& task = *static_cast<SignalTask*>(argument);
    bool is_stopping = false;
    for (;;) {
        auto signal = co_await task.signals->next();
        if (!signal) co_return;
        if (*signal == SIGUSR1) {
            if (task.log != nullptr) task.log->reopen();
            continue;
        }
        if (is_stopping) ::_exit(128 + *signal);
        is_stopping = true;
        task.stop();
    }
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

}  // namespace

Server::Server(Settings settings) : settings_(std::move(settings)) {}
Server::~Server()
{
    pool_.reset();  // its jobs post to the workers' loops
}

std::optional<Server::Failure> Server::open()
{
    const std::uint64_t descriptors = raise_descriptor_limit();
    trace::prepare();
    io::block_signals({SIGTERM, SIGINT, SIGUSR1});
    const unsigned count = settings_.workers != 0 ? settings_.workers : cores();

    if (settings_.access_log) {
        auto log = AccessLog::open(*settings_.access_log);
        if (!log) return Failure{"access log " + settings_.access_log->file + ": " + base::describe(log.error())};
        log_ = std::move(*log);
    }
    if (auto failure = open_listeners(count)) return failure;

    pool_ = std::make_unique<io::Pool>(pool_threads);
    const std::uint64_t reserve = std::min(reserved_descriptors, descriptors / 4);
    const std::uint64_t most = settings_.connections != 0 ? std::min(settings_.connections, descriptors - reserve) : descriptors - reserve;
    for (unsigned i = 0; i < count; ++i) {
        workers_.push_back(
            std::make_unique<Worker>(settings_, *pool_, log_.get(), std::max<std::uint64_t>(1, most / count)));
    }
    for (unsigned i = 0; i < count; ++i) {
        auto snapshot = Snapshot::make(settings_.modules, {settings_.trace_method, settings_.modules.echo}, settings_.limits);
        if (!snapshot) return Failure{"serve " + settings_.modules.files.root + ": " + base::describe(snapshot.error())};
        Change first;
        first.snapshot = std::move(*snapshot);
        for (std::uint32_t number = 0; auto& socket : listeners_[i]) first.opened.push_back({number++, std::move(socket)});
        workers_[i]->start_with(std::move(first), workers_);
    }
    return std::nullopt;
}

std::optional<Server::Failure> Server::open_listeners(unsigned workers)
{
    using Share = io::ListenOptions::Share;
    listeners_.resize(workers);
    for (const auto& wanted : settings_.listen) {
        io::Address address = wanted.address;
        for (unsigned i = 0; i < workers; ++i) {
            io::ListenOptions options;
            options.share = workers == 1 ? Share::no : i == 0 ? Share::first : Share::joins;
            auto socket = io::listen_at(address, options);
            if (!socket) {
                const bool is_absent = socket.error().number == EAFNOSUPPORT || socket.error().number == EADDRNOTAVAIL;
                if (wanted.may_be_absent && is_absent) break;
                const std::string where = address.text();
                if (socket.error().kind == Error::busy)
                    return Failure{"listen at " + where + ": the port is in use by another program; choose another with --listen ADDR:PORT"};
                if (socket.error().kind == Error::denied)
                    return Failure{"listen at " + where + ": not permitted; ports below 1024 need a privilege (CAP_NET_BIND_SERVICE)"};
                if (is_absent) return Failure{"listen at " + where + ": this machine has no such address"};
                return Failure{"listen at " + where + ": " + base::describe(socket.error())};
            }
            if (i == 0) {
                address = io::local_address(socket->get());
                addresses_.push_back(address);
            }
            listeners_[i].push_back(std::move(*socket));
        }
    }
    if (addresses_.empty()) return Failure{"listen: none of the addresses exists on this machine"};
    return std::nullopt;
}

void Server::stop_all()
{
    for (auto& worker : workers_) worker->stop();
}

void Server::run()
{
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < workers_.size(); ++i) threads.emplace_back([this, i] { workers_[i]->run(nullptr, nullptr); });
    {
        io::Signals signals({SIGTERM, SIGINT, SIGUSR1});
        SignalTask task{&signals, log_.get(), [this] { stop_all(); }};
        workers_[0]->run(obey_signals, &task);
    }
    // The other loops may still finish what they had begun, and a second signal ends that too.
    exit_at_next_signal();
    for (auto& thread : threads) thread.join();
    if (log_) log_->flush(std::chrono::seconds(2));
}

}  // namespace cais::server
