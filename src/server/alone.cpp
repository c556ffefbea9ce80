#include "server/alone.h"

#include "io/listener.h"
#include "io/pool.h"
#include "io/tcp.h"
#include "trace/log.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cais::server {
namespace {

constexpr auto load_limit = std::chrono::seconds(60);
constexpr auto start_limit = std::chrono::seconds(60);  // for a successor
constexpr std::size_t most_old = 4;

// How a process ended, for a sentence.
std::string ending(int status)
{
    if (WIFSIGNALED(status)) return fmt::format("it was ended by signal {}", WTERMSIG(status));
    return fmt::format("it exited with status {}", WEXITSTATUS(status));
}

// As if we had not read it: what was decided of it before us, to end the program or (nohup) to ignore it, happens.
void deliver(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    ::raise(signal);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

int end_of(pid_t pid)
{
    int status = 0;
    ::waitpid(pid, &status, 0);
    return status;
}

}  // namespace

int Alone::serve(Inheritance inheritance, std::optional<Loaded> loaded)
{
    if (auto opened = open(inheritance, std::move(loaded)); !opened) {
        say_failure(opened.error());
        return 1;
    }
    const bool is_root = ::geteuid() == 0;
    if (is_root && launch_.is_file) trace::log(trace::Level::info, "this server stays root, as `user` says");
    launch_.announce({server_.configuration(), server_.addresses(), is_root});
    notifier_.ready(fmt::format("serving, {} addresses", server_.addresses().size()));
    if (inheritance.ready) ::send(inheritance.ready.get(), "R", 1, MSG_NOSIGNAL);
    inheritance.ready.close();
    server_.run(beside, this);
    return 0;
}

std::expected<void, std::string> Alone::open(Inheritance& inheritance, std::optional<Loaded> given)
{
    std::vector<io::Address> addresses;
    for (const auto& one : inheritance.sockets)
        if (one.is_lent) addresses.push_back(io::local_address(one.socket.get()));
    auto loaded = given ? std::expected<Loaded, std::string>(std::move(*given))
                        : launch_.load({.handed_in = std::move(addresses)});
    if (!loaded) return std::unexpected(std::move(loaded.error()));
    const auto configuration = std::move(loaded->configuration);
    first_ = configuration;
    if (launch_.is_file) {
        auto state = inheritance.lock
                         ? StateFolder::inherit(configuration->state, std::move(inheritance.lock), own_account())
                         : StateFolder::open(configuration->state, own_account());
        if (!state) return std::unexpected(std::move(state.error()));
        state_ = std::move(*state);
    }
    sockets_.emplace(worker_count(*configuration));
    for (auto& one : inheritance.sockets) sockets_->inherit(std::move(one.socket), one.asked, one.is_lent);
    old_ = std::move(inheritance.old);

    auto plan = sockets_->prepare(wanted_addresses(*configuration));
    if (!plan) return std::unexpected(std::move(plan.error()));
    sockets_->forget_unwanted();
    Supply supply{configuration, {}, {}, plan->order, {}};
    for (const auto& listener : plan->opened) supply.opened.push_back(listener.copy());
    sockets_->commit(std::move(*plan));
    if (auto opened = server_.open(std::move(supply)); !opened) return opened;
    if (state_) {
        if (auto opened = open_control(*state_); !opened) return opened;
        state_->set_holder(::getpid());
        if (auto published = publish_control(); !published) return published;
    }
    return {};
}

io::Task<void> Alone::beside(void* argument)
{
    Alone& alone = *static_cast<Alone*>(argument);
    alone.tasks_.spawn(&Alone::obey_signals, alone);
    alone.tasks_.spawn(&Alone::upgrade, alone);
    alone.tasks_.spawn(&Alone::serve_control, alone);
    co_await alone.tasks_.end();
}

// The first SIGTERM or SIGINT stops it, the second ends the program at once.
io::Task<void> Alone::obey_signals()
{
    io::Signals signals({SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2});
    for (;;) {
        auto signal = co_await signals.next();
        if (!signal) co_return;
        switch (*signal) {
        case SIGUSR1: server_.reopen_log(); continue;
        case SIGUSR2:
            if (!server_.is_ending()) upgrade_wanted_.set();
            continue;
        case SIGHUP:
            if (launch_.is_file) {
                server_.reopen_log();
                want_reload();
            } else {
                deliver(SIGHUP);
            }
            continue;
        default: break;
        }
        if (is_stopping_) ::_exit(128 + *signal);
        is_stopping_ = true;
        notifier_.stopping();
        if (sockets_) sockets_.reset();
        server_.stop();
    }
}

io::Task<Running::Outcome> Alone::reload_once()
{
    if (server_.is_ending()) co_return Outcome{false, "the server stops"};
    notifier_.reloading();
    auto loaded = co_await io::Loop::current()->pool().run([load = launch_.load] { return load({}); }, load_limit);
    Outcome outcome;
    if (!loaded) {
        outcome = {false, "the configuration could not be read in time"};
    } else if (!*loaded) {
        outcome = {false, std::move(loaded->error())};
    } else if (sockets_) {
        const auto fresh = std::move((*loaded)->configuration);
        auto warnings = wants_restart(*first_, *fresh);
        warnings.insert(warnings.begin(), (*loaded)->warnings.begin(), (*loaded)->warnings.end());
        auto plan = sockets_->prepare(wanted_addresses(*fresh));
        if (!plan) {
            outcome = {false, std::move(plan.error())};
        } else {
            Supply supply{fresh, {}, plan->closed, plan->order, {}};
            for (const auto& listener : plan->opened) supply.opened.push_back(listener.copy());
            auto taken = co_await server_.take(std::move(supply));
            if (!taken) outcome = {false, std::move(taken.error())};
            else outcome = {true, summary(*fresh, warnings)};
            if (taken && sockets_) sockets_->commit(std::move(*plan));
        }
    }
    if (!outcome.is_done) outcome.text = but_goes_on(std::move(outcome.text));
    notifier_.ready(outcome.is_done ? "serving" : "serving; the last reload failed");
    co_return outcome;
}

// What a successor gets.
Inheritance Alone::bequest()
{
    Inheritance inheritance;
    for (const auto& listener : sockets_->all()) {
        ListenerSockets copy = listener.copy();
        for (auto& socket : copy.sockets)
            inheritance.sockets.push_back({std::move(socket), listener.asked, listener.is_lent});
    }
    if (state_) inheritance.lock = io::Descriptor(::fcntl(state_->lock(), F_DUPFD_CLOEXEC, 3));
    inheritance.old = old_;
    inheritance.old.push_back(ProcessName::of(::getpid()));
    return inheritance;
}

io::Task<void> Alone::upgrade()
{
    for (;;) {
        auto wanted = co_await upgrade_wanted_.wait(base::without_limit);
        if (!wanted) co_return;
        upgrade_wanted_.clear();
        if (server_.is_ending() || !sockets_) continue;
        if (::getpid() == 1) {
            trace::log(trace::Level::error,
                       "upgrade: this is process 1, whose end would end its container; start another container");
            continue;
        }
        std::erase_if(old_, [](const ProcessName& one) { return !one.is_alive(); });
        if (old_.size() >= most_old) {
            const pid_t oldest = old_.front().pid;
            old_.erase(old_.begin());
            trace::log(
                trace::Level::warning,
                fmt::format("upgrade: process {} still finishes what it had begun {} upgrades ago; it is told to stop",
                            oldest, most_old));
            ::kill(oldest, SIGTERM);
        }
        Inheritance inheritance = bequest();
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) continue;
        io::TcpStream ready{io::Descriptor(ends[0])};
        inheritance.ready = io::Descriptor(ends[1]);
        const auto started = start_beside(Program::own(), inheritance);
        inheritance = {};
        if (!started) {
            trace::log(trace::Level::error, "upgrade: " + started.error() + "; this one goes on");
            continue;
        }
        char octet = 0;
        Result<void> said;
        io::Progress got = ready.try_read({&octet, 1});
        while (said && got.state == io::Progress::blocked) {
            auto came = co_await ready.ready(io::Stream::For::reading, start_limit);
            said = came;
            got = ready.try_read({&octet, 1});
        }
        if (!said && said.error().kind == Error::cancelled) co_return;
        const bool is_ready = got.state == io::Progress::done;
        if (!is_ready) {
            if (!said) ::kill(*started, SIGKILL);
            auto status =
                co_await io::Loop::current()->pool().run([pid = *started] { return end_of(pid); }, start_limit);
            trace::log(trace::Level::error,
                       fmt::format("upgrade: {} did not start: {}; this one goes on", Program::own().path,
                                   said && status ? ending(*status) : "it was not ready within 60 s"));
            continue;
        }
        trace::log(
            trace::Level::info,
            fmt::format("upgrade: process {} serves now; this one ends when what it has begun has ended", *started));
        notifier_.handed_over(*started, "serving");
        hand_over_control();
        if (state_) state_->let_go();
        sockets_.reset();
        server_.drain();
    }
}

}  // namespace cais::server
