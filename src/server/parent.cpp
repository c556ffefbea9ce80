#include "server/parent.h"

#include "base/text.h"
#include "config/file.h"
#include "server/access_log.h"
#include "server/privileges.h"
#include "trace/log.h"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cais::server {
namespace {

constexpr auto ready_limit = std::chrono::seconds(60);
constexpr auto reload_limit = std::chrono::seconds(120);
constexpr auto end_limit = std::chrono::seconds(10);  // from a closed channel to the end of its process
constexpr base::Duration first_back_off = std::chrono::milliseconds(100);
constexpr base::Duration longest_back_off = std::chrono::seconds(30);
constexpr auto long_enough = std::chrono::seconds(60);  // a child that lived so long has not failed at the start
constexpr auto look_interval = std::chrono::milliseconds(10);
constexpr std::size_t most_old = 4;
constexpr std::size_t most_file = std::size_t{1} << 20;

std::string ending(int status)
{
    if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
    return fmt::format("exited with status {}", WEXITSTATUS(status));
}

// What the configuration names and the child may not be able to read. It is recorded as it is read; what cannot be read
// the child finds out, and says where it stands.
void read_named_files(const Configuration& configuration)
{
    const auto read = [](const std::string& path) {
        if (!path.empty()) [[maybe_unused]]
            const auto file = config::read_file(path, most_file);
    };
    for (const auto& site : configuration.sites) {
        for (const auto& files : site.tls.files) {
            read(files.certificate);
            read(files.key);
        }
        if (site.tls.clients) read(site.tls.clients->authority);
    }
    read(configuration.acme.ca);
}

}  // namespace

int Parent::run(Inheritance inheritance, Loaded loaded, base::HandedFiles files)
{
    trace::prepare();
    io::block_signals({SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2});
    if (auto given_up = keep_what_a_parent_needs(); !given_up)
        trace::log(trace::Level::warning, given_up.error() + "; the parent process keeps all that root may");
    configuration_ = first_ = std::move(loaded.configuration);
    files_ = std::move(files);
    {
        const base::HandedFiles::Recording recording(files_);
        read_named_files(*configuration_);
    }
    adopt(inheritance);
    if (auto opened = open(inheritance); !opened) {
        say_failure(opened.error());
        if (children_.empty()) return 1;
        // The new program cannot; the child of the old one goes on, and this process for it.
    }
    loop_.run(main());
    return status_;
}

std::expected<void, std::string> Parent::open(Inheritance& inheritance)
{
    auto state = inheritance.lock ? StateFolder::inherit(configuration_->state, std::move(inheritance.lock), account_)
                                  : StateFolder::open(configuration_->state, account_);
    if (!state) return std::unexpected(std::move(state.error()));
    state_ = std::move(*state);
    state_->set_holder(::getpid());
    sockets_.emplace(worker_count(*configuration_));
    for (auto& one : inheritance.sockets) sockets_->inherit(std::move(one.socket), one.asked, one.is_lent);
    auto plan = sockets_->prepare(wanted_addresses(*configuration_));
    if (!plan) return std::unexpected(std::move(plan.error()));
    sockets_->forget_unwanted();
    numbers_ = plan->order;
    sockets_->commit(std::move(*plan));
    return {};
}

// The children of the program that this process was.
void Parent::adopt(Inheritance& inheritance)
{
    is_upgraded_ = !inheritance.others.empty();
    std::string_view text = inheritance.text;
    for (auto& channel : inheritance.others) {
        const auto end = std::min(text.find(','), text.size());
        const auto one = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto pid = base::parse_decimal(one.substr(0, one.find(':')));
        if (!pid || !channel) continue;
        auto& child =
            *children_.emplace_back(std::make_unique<Offspring>(static_cast<pid_t>(*pid), std::move(channel)));
        child.stage = one.ends_with(":d") ? Stage::draining : one.ends_with(":e") ? Stage::stopping : Stage::serving;
    }
}

Parent::Offspring* Parent::serving() noexcept
{
    for (auto& child : children_)
        if (child->stage == Stage::serving && !child->has_ended) return child.get();
    return nullptr;
}

io::Task<void> Parent::main()
{
    for (auto& child : children_) tasks_.spawn(&Parent::listen, *this, *child);
    tasks_.spawn(&Parent::obey_signals, *this);
    bool has_started = false;
    if (sockets_ && !numbers_.empty()) {
        auto started = co_await start_child();
        has_started = started;
    }
    if (!has_started && serving() == nullptr) {
        status_ = 1;
        is_stopping_ = true;
    } else {
        if (!has_started)
            trace::log(trace::Level::error, "upgrade: the new program did not start its child; the old one goes on");
        if (has_started && !is_upgraded_) {
            std::vector<io::Address> addresses;
            for (const std::uint32_t number : numbers_)
                for (const auto& listener : sockets_->all())
                    if (listener.number == number) addresses.push_back(listener.bound);
            launch_.announce({*configuration_, addresses});
        }
        if (has_started && is_upgraded_) trace::log(trace::Level::info, "upgrade: done; the new program serves");
        notifier_.ready("serving");
        tasks_.spawn(&Parent::reload_when_wanted, *this);
        tasks_.spawn(&Parent::upgrade_when_wanted, *this);
    }
    while (!is_stopping_ || std::ranges::any_of(children_, [](const auto& child) { return !child->has_ended; })) {
        forget_ended();
        changed_.clear();
        auto waited = co_await changed_.wait(base::without_limit);
        if (!waited) break;
    }
    tasks_.cancel();
    co_await tasks_.end();
}

std::expected<Parent::Offspring*, std::string> Parent::give_birth()
{
    auto pair = Channel::make();
    if (!pair) return std::unexpected(base::describe(pair.error()));
    const ChildRole role{pair->theirs.get(), account_};
    // The image that this process runs, though another may have taken its name: parent and child are one version.
    auto pid = server::start("/proc/self/exe", Program::own().arguments, {role.line()}, {pair->theirs.get()});
    if (!pid) return std::unexpected(std::move(pid.error()));
    Offspring* child = children_.emplace_back(std::make_unique<Offspring>(*pid, std::move(pair->ours))).get();
    tasks_.spawn(&Parent::listen, *this, *child);
    return child;
}

io::Descriptor Parent::open_log() const
{
    const Log& log = configuration_->log;
    if (log.file.empty() || log.access == Log::Access::off) return {};
    auto file = AccessLog::open_file(log.file);
    if (file) return std::move(*file);
    trace::log(trace::Level::warning, "access log " + log.file + ": " + base::describe(file.error()));
    return {};
}

bool Parent::supply(Offspring& child, const std::vector<ListenerSockets>& opened,
                    const std::vector<std::uint32_t>& closed, const std::vector<std::uint32_t>& numbers,
                    std::uint32_t number)
{
    for (const auto& listener : opened) {
        const std::string text = listener.asked.text() + " " + listener.bound.text() + (listener.is_lent ? " 1" : " 0");
        std::vector<int> some;
        for (std::size_t i = 0; i < listener.sockets.size(); ++i) {
            some.push_back(listener.sockets[i].get());
            if (some.size() < Channel::most_descriptors && i + 1 < listener.sockets.size()) continue;
            if (!child.channel.send(Message::sockets, listener.number, text, some)) return false;
            some.clear();
        }
    }
    auto packed = Handed{closed, numbers, files_}.pack();
    if (!packed) return false;
    std::vector<int> descriptors = {packed->get()};
    const io::Descriptor log = open_log();
    if (log) descriptors.push_back(log.get());
    return child.channel.send(Message::supply, number, {}, descriptors);
}

// True once it serves; then the one that served before ends what it has begun.
io::Task<bool> Parent::start_child()
{
    auto born = give_birth();
    if (!born) {
        trace::log(trace::Level::error, born.error());
        co_return false;
    }
    Offspring& child = **born;
    child.is_awaited = true;
    supply(child, sockets_->all(), {}, numbers_, 0);
    const base::Instant until = loop_.now() + ready_limit;
    while (child.stage == Stage::starting && !child.has_ended && child.failure.empty()) {
        changed_.clear();
        auto waited = co_await changed_.wait(until - loop_.now());
        if (!waited && waited.error().kind == Error::cancelled) co_return false;
        if (!waited) {
            child.failure = "it was not ready within 60 s";
            ::kill(child.pid, SIGKILL);
        }
    }
    child.is_awaited = false;
    if (child.stage != Stage::starting) {
        for (auto& other : children_)
            if (other.get() != &child && other->stage == Stage::serving) drain(*other);
        co_return true;
    }
    if (!is_stopping_)
        say_failure(child.failure.empty()
                        ? "the process that would serve ended before it did; its last lines may say why"
                        : child.failure);
    co_return false;
}

// As long as it lives.
io::Task<void> Parent::listen(Offspring& child)
{
    for (;;) {
        auto message = co_await child.channel.receive();
        if (!message) {
            if (message.error().kind == Error::cancelled) co_return;
            break;
        }
        switch (message->kind) {
        case Message::ready:
            if (child.stage == Stage::starting) child.stage = Stage::serving;
            else if (child.stage == Stage::serving) answer_ = {message->number, {true, std::move(message->text)}};
            break;
        case Message::failed:
            if (child.stage == Stage::starting) child.failure = std::move(message->text);
            else if (child.stage == Stage::serving) answer_ = {message->number, {false, std::move(message->text)}};
            break;
        case Message::reload:
            if (child.stage == Stage::serving) {
                asked_.by_child = message->number;
                reload_wanted_.set();
            }
            break;
        default: break;
        }
        if (answer_) has_answered_.set();
        changed_.set();
    }
    co_await see_off(child);
}

// Its channel is closed: its process ends now.
io::Task<void> Parent::see_off(Offspring& child)
{
    int status = 0;
    pid_t got = 0;
    const base::Instant until = loop_.now() + end_limit;
    while ((got = ::waitpid(child.pid, &status, WNOHANG)) == 0) {
        if (loop_.now() > until) ::kill(child.pid, SIGKILL);
        const bool goes_on = co_await io::sleep_for(look_interval);
        if (!goes_on) co_return;
    }
    const Stage stage = child.stage;
    child.channel.close();
    child.has_ended = true;
    const bool was_killed = got > 0 && (WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
    if ((stage == Stage::draining || stage == Stage::stopping) && was_killed)
        trace::log(trace::Level::warning,
                   fmt::format("process {}, which finished what it had begun, {}", child.pid, ending(status)));
    if (stage == Stage::serving && !is_stopping_) {
        if (loop_.now() - child.began > long_enough) back_off_ = {};
        back_off_ = back_off_ == base::Duration{} ? first_back_off : std::min(back_off_ * 2, longest_back_off);
        trace::log(trace::Level::error,
                   fmt::format("the process that serves, {}, {}; another is started in {:.1f} s", child.pid,
                               ending(status), std::chrono::duration<double>(back_off_).count()));
        tasks_.spawn(&Parent::replace_later, *this);
    }
    changed_.set();
    has_answered_.set();
}

io::Task<void> Parent::replace_later()
{
    const bool goes_on = co_await io::sleep_for(back_off_);
    if (!goes_on || is_stopping_ || serving() != nullptr) co_return;
    const bool has_started = co_await start_child();
    if (has_started || is_stopping_ || serving() != nullptr) co_return;
    back_off_ = std::min(back_off_ * 2, longest_back_off);
    tasks_.spawn(&Parent::replace_later, *this);
}

io::Task<void> Parent::obey_signals()
{
    io::Signals signals({SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2});
    for (;;) {
        auto signal = co_await signals.next();
        if (!signal) co_return;
        switch (*signal) {
        case SIGUSR1: reopen_log(); continue;
        case SIGUSR2: upgrade_wanted_.set(); continue;
        case SIGHUP:
            reopen_log();
            asked_.by_signal = true;
            reload_wanted_.set();
            continue;
        default: break;
        }
        if (is_stopping_) {
            for (auto& child : children_)
                if (!child->has_ended) ::kill(child->pid, SIGKILL);
            ::_exit(128 + *signal);
        }
        stop();
    }
}

void Parent::stop()
{
    is_stopping_ = true;
    notifier_.stopping();
    sockets_.reset();  // first, so that a child's close is the last one
    for (auto& child : children_)
        if (!child->has_ended) child->channel.send(Message::stop);
    tasks_.spawn(&Parent::stop_hard, *this);
    changed_.set();
}

// They have had their time, and some more.
io::Task<void> Parent::stop_hard()
{
    const bool is_time = co_await io::sleep_for(configuration_->limits.stop_time + end_limit);
    if (!is_time) co_return;
    for (auto& child : children_)
        if (!child->has_ended) ::kill(child->pid, SIGKILL);
}

void Parent::reopen_log()
{
    const io::Descriptor log = open_log();
    if (!log) return;
    for (auto& child : children_)
        if (!child->has_ended) child->channel.send(Message::reopen_log, 0, {}, {log.get()});
}

void Parent::forget_ended()
{
    std::erase_if(children_, [](const auto& child) { return child->has_ended && !child->is_awaited; });
}

void Parent::drain(Offspring& child)
{
    child.stage = Stage::draining;
    child.channel.send(Message::drain);
    const auto is_old = [](const auto& other) { return other->stage == Stage::draining && !other->has_ended; };
    if (static_cast<std::size_t>(std::ranges::count_if(children_, is_old)) <= most_old) return;
    auto& oldest = **std::ranges::find_if(children_, is_old);
    trace::log(trace::Level::warning,
               fmt::format("upgrade: process {} still finishes what it had begun {} upgrades ago; it is told to stop",
                           oldest.pid, most_old + 1));
    oldest.stage = Stage::stopping;
    oldest.channel.send(Message::stop);
}

io::Task<void> Parent::reload_when_wanted()
{
    for (;;) {
        auto wanted = co_await reload_wanted_.wait(base::without_limit);
        if (!wanted) co_return;
        reload_wanted_.clear();
        const Asked asked = std::exchange(asked_, {});
        notifier_.reloading();
        auto outcome = co_await reload(asked.by_child);
        notifier_.ready(outcome.is_done ? "serving" : "serving; the last reload failed");
        // Of one that the child asked for, the child speaks.
        if (asked.by_signal && asked.by_child == 0) {
            if (!outcome.is_done) outcome.text = but_goes_on(std::move(outcome.text));
            log_outcome(outcome);
        }
    }
}

io::Task<ControlAnswer> Parent::reload(std::uint32_t number)
{
    Offspring* child = serving();
    if (child == nullptr || !sockets_) co_return ControlAnswer{false, "no process serves just now"};
    base::HandedFiles files;
    std::expected<Loaded, std::string> loaded;
    {
        const base::HandedFiles::Recording recording(files);
        loaded = launch_.load({});
        if (loaded) read_named_files(*loaded->configuration);
    }
    const auto refuse = [&](std::string why) {
        child->channel.send(Message::refused, number, why);
        return ControlAnswer{false, std::move(why)};
    };
    if (!loaded) co_return refuse(std::move(loaded.error()));
    auto plan = sockets_->prepare(wanted_addresses(*loaded->configuration));
    if (!plan) co_return refuse(std::move(plan.error()));
    const auto before = std::exchange(configuration_, loaded->configuration);
    std::swap(files_, files);
    answer_.reset();
    has_answered_.clear();
    ControlAnswer answer{false, "the process that serves ended meanwhile"};
    if (supply(*child, plan->opened, plan->closed, plan->order, number)) {
        const base::Instant until = loop_.now() + reload_limit;
        while (serving() == child && !(answer_ && answer_->number == number)) {
            has_answered_.clear();
            auto waited = co_await has_answered_.wait(until - loop_.now());
            if (!waited) break;
        }
        if (answer_ && answer_->number == number) answer = std::move(answer_->answer);
        else if (serving() == child) answer = {false, "the process that serves does not answer"};
    }
    if (answer.is_done && sockets_) {
        numbers_ = plan->order;
        sockets_->commit(std::move(*plan));
    } else {
        configuration_ = before;
        std::swap(files_, files);
    }
    co_return answer;
}

Inheritance Parent::bequest()
{
    Inheritance inheritance;
    for (const auto& listener : sockets_->all()) {
        ListenerSockets copy = listener.copy();
        for (auto& socket : copy.sockets)
            inheritance.sockets.push_back({std::move(socket), listener.asked, listener.is_lent});
    }
    inheritance.lock = io::Descriptor(::fcntl(state_->lock(), F_DUPFD_CLOEXEC, 3));
    for (const auto& child : children_) {
        if (child->has_ended) continue;
        inheritance.others.emplace_back(::fcntl(child->channel.fd(), F_DUPFD_CLOEXEC, 3));
        const char stage = child->stage == Stage::draining ? 'd' : child->stage == Stage::stopping ? 'e' : 's';
        inheritance.text += fmt::format("{}{}:{}", inheritance.text.empty() ? "" : ",", child->pid, stage);
    }
    return inheritance;
}

// Whether the new program can read the configuration: empty where it can.
io::Task<std::string> Parent::try_program()
{
    const auto& program = Program::own();
    auto pid = server::start(program.path, program.arguments, {"CAIS_TRIAL=1"}, {});
    if (!pid) co_return std::move(pid.error());
    int status = 0;
    const base::Instant until = loop_.now() + ready_limit;
    while (::waitpid(*pid, &status, WNOHANG) == 0) {
        if (loop_.now() > until) ::kill(*pid, SIGKILL);
        const bool goes_on = co_await io::sleep_for(look_interval);
        if (!goes_on) co_return std::string("stopped");
    }
    co_return WIFEXITED(status) && WEXITSTATUS(status) == 0
        ? std::string()
        : program.path + " " + ending(status) + " when it was tried";
}

io::Task<void> Parent::upgrade_when_wanted()
{
    for (;;) {
        auto wanted = co_await upgrade_wanted_.wait(base::without_limit);
        if (!wanted) co_return;
        upgrade_wanted_.clear();
        notifier_.reloading();
        auto why_not = co_await try_program();
        if (why_not.empty() && !is_stopping_ && sockets_ && state_) why_not = become(Program::own(), bequest());
        trace::log(trace::Level::error, "upgrade: " + why_not + "; this one goes on");
        notifier_.ready("serving; the last upgrade failed");
    }
}

}  // namespace cais::server
