#include "server/child.h"

#include "base/text.h"
#include "io/pool.h"
#include "io/signals.h"
#include "server/privileges.h"
#include "trace/log.h"

#include <csignal>
#include <cstdlib>
#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

namespace cais::server {
namespace {

constexpr const char* variable = "CAIS_CHILD";
constexpr auto parent_limit = std::chrono::seconds(30);   // for the first supply
constexpr auto answer_limit = std::chrono::seconds(150);  // for a reload
constexpr auto load_limit = std::chrono::seconds(60);

std::string join(const std::vector<std::uint32_t>& numbers)
{
    std::string text;
    for (const auto number : numbers) text += std::to_string(number) + " ";
    return text;
}

std::vector<std::string> words(std::string_view text)
{
    std::vector<std::string> all;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (end > 0) all.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return all;
}

std::vector<std::uint32_t> numbers_of(std::string_view text)
{
    std::vector<std::uint32_t> all;
    for (const auto& word : words(text))
        all.push_back(static_cast<std::uint32_t>(base::parse_decimal(word).value_or(0)));
    return all;
}

}  // namespace

std::optional<ChildRole> ChildRole::take()
{
    const char* line = std::getenv(variable);
    if (line == nullptr) return std::nullopt;
    const auto parts = words(line);
    ::unsetenv(variable);
    if (parts.size() != 5 || base::parse_decimal(parts[0]) != static_cast<std::uint64_t>(::getppid()))
        return std::nullopt;
    ChildRole role;
    role.channel = static_cast<int>(base::parse_decimal(parts[1]).value_or(0));
    ::fcntl(role.channel, F_SETFD, FD_CLOEXEC);
    role.account.user = static_cast<uid_t>(base::parse_decimal(parts[2]).value_or(0));
    role.account.group = static_cast<gid_t>(base::parse_decimal(parts[3]).value_or(0));
    role.account.name = parts[4];
    return role;
}

std::string ChildRole::line() const
{
    return fmt::format("{}={} {} {} {} {}", variable, ::getpid(), channel, account.user, account.group, account.name);
}

Result<io::Descriptor> Handed::pack() const
{
    std::vector<std::string> texts = {join(closed), join(numbers)};
    for (const auto& [path, file] : files.files) {
        texts.push_back(path);
        texts.push_back(std::to_string(file.mode));
        texts.push_back(std::to_string(file.owner));
        texts.push_back(file.content);
    }
    return server::pack(texts);
}

Result<Handed> Handed::unpack(int file)
{
    auto texts = server::unpack(file);
    if (!texts) return std::unexpected(texts.error());
    if (texts->size() < 2 || texts->size() % 4 != 2) return fail(Error::malformed, "what was handed over is cut");
    Handed handed{numbers_of((*texts)[0]), numbers_of((*texts)[1]), {}};
    for (std::size_t i = 2; i < texts->size(); i += 4)
        handed.files.files[(*texts)[i]] = {std::move((*texts)[i + 3]),
                                           static_cast<unsigned>(base::parse_decimal((*texts)[i + 1]).value_or(0)),
                                           static_cast<unsigned>(base::parse_decimal((*texts)[i + 2]).value_or(0))};
    return handed;
}

int Child::serve()
{
    auto opened = become_for_good(role_.account);
    if (opened) opened = open();
    if (!opened) {
        channel_.send(Message::failed, 0, opened.error());
        return 1;
    }
    channel_.send(Message::ready, 0);
    server_.run(beside, this);
    return 0;
}

// Its sockets wait for the supply that needs them.
void Child::keep(Message message)
{
    const auto parts = words(message.text);
    if (parts.size() != 3) return;
    const auto asked = io::Address::parse(parts[0]);
    const auto bound = io::Address::parse(parts[1]);
    if (!asked || !bound) return;
    if (opened_.empty() || opened_.back().number != message.number)
        opened_.push_back({message.number, *asked, *bound, parts[2] == "1", {}});
    for (auto& socket : message.descriptors) opened_.back().sockets.push_back(std::move(socket));
}

std::expected<Child::Brought, std::string> Child::bring(const Launch& launch, Message message,
                                                        std::vector<ListenerSockets> opened)
{
    if (message.descriptors.empty()) return std::unexpected("the parent handed over nothing");
    auto handed = Handed::unpack(message.descriptors[0].get());
    if (!handed) return std::unexpected(base::describe(handed.error()));
    const auto files = std::make_shared<const base::HandedFiles>(std::move(handed->files));
    const base::HandedFiles::Use use(*files);
    auto loaded = launch.load({.inspects = false});
    if (!loaded) return std::unexpected(std::move(loaded.error()));
    Brought brought{{std::move(loaded->configuration),
                     std::move(opened),
                     std::move(handed->closed),
                     std::move(handed->numbers),
                     {}},
                    std::move(loaded->warnings)};
    brought.supply.files = files;
    if (message.descriptors.size() > 1) brought.supply.log = std::move(message.descriptors[1]);
    return brought;
}

std::expected<void, std::string> Child::open()
{
    for (;;) {
        auto message = channel_.receive_blocking(parent_limit);
        if (!message) return std::unexpected(base::describe(message.error()));
        if (message->kind == Message::sockets) keep(std::move(*message));
        if (message->kind != Message::supply) continue;
        auto brought = bring(launch_, std::move(*message), std::exchange(opened_, {}));
        if (!brought) return std::unexpected(std::move(brought.error()));
        first_ = brought->supply.configuration;
        auto state = StateFolder::inherit(first_->state, {}, role_.account);
        if (!state) return std::unexpected(std::move(state.error()));
        state_ = std::move(*state);
        if (auto opened = server_.open(std::move(brought->supply)); !opened) return opened;
        if (auto opened = open_control(*state_); !opened) return opened;
        return publish_control();
    }
}

io::Task<void> Child::beside(void* argument)
{
    Child& child = *static_cast<Child*>(argument);
    child.tasks_.spawn(&Child::obey_parent, child);
    child.tasks_.spawn(&Child::obey_signals, child);
    child.tasks_.spawn(&Child::serve_control, child);
    co_await child.tasks_.end();
}

void Child::stop() { server_.stop(); }

// A terminal sends SIGINT to both of us, and a service manager SIGTERM: the parent says what they mean. One that was
// sent to us alone ends us as it would any server.
io::Task<void> Child::obey_signals()
{
    io::Signals signals({SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2});
    for (;;) {
        auto signal = co_await signals.next();
        if (!signal) co_return;
        if (*signal == SIGTERM) stop();
    }
}

io::Task<void> Child::obey_parent()
{
    for (;;) {
        auto message = co_await channel_.receive();
        if (!message) {
            if (message.error().kind == Error::cancelled) co_return;
            // Nobody is left who could tell us to end.
            trace::log(trace::Level::error, "the parent process has gone; this one stops");
            stop();
            co_return;
        }
        switch (message->kind) {
        case Message::sockets: keep(std::move(*message)); break;
        case Message::supply: co_await take_supply(std::move(*message)); break;
        case Message::refused: tell(message->number, {false, std::move(message->text)}); break;
        case Message::stop: stop(); break;
        case Message::stop_now: ::_exit(0);
        case Message::drain:
            hand_over_control();
            server_.drain();
            break;
        case Message::reopen_log:
            if (!message->descriptors.empty()) server_.reopen_log(std::move(message->descriptors[0]));
            break;
        default: break;
        }
    }
}

io::Task<void> Child::take_supply(Message message)
{
    const std::uint32_t number = message.number;
    auto brought = co_await io::Loop::current()->pool().run(
        [&launch = launch_, given = std::move(message), opened = std::exchange(opened_, {})]() mutable {
            return bring(launch, std::move(given), std::move(opened));
        },
        load_limit);
    Outcome outcome;
    if (!brought) outcome = {false, "the configuration could not be read in time"};
    else if (!*brought) outcome = {false, std::move(brought->error())};
    else {
        Brought& with = **brought;
        auto warnings = wants_restart(*first_, *with.supply.configuration);
        warnings.insert(warnings.begin(), with.warnings.begin(), with.warnings.end());
        outcome = {true, summary(*with.supply.configuration, warnings)};
        auto taken = co_await server_.take(std::move(with.supply));
        if (!taken) outcome = {false, std::move(taken.error())};
    }
    channel_.send(outcome.is_done ? Message::ready : Message::failed, number, outcome.text);
    tell(number, std::move(outcome));
}

void Child::tell(std::uint32_t number, Outcome outcome)
{
    if (number == 0 || number != asked_) return;
    if (!outcome.is_done) outcome.text = but_goes_on(std::move(outcome.text));
    answered_ = std::move(outcome);
    has_answered_.set();
}

// Only the parent may read the files.
io::Task<Running::Outcome> Child::reload_once()
{
    if (server_.is_ending()) co_return Outcome{false, "the server stops"};
    has_answered_.clear();
    answered_.reset();
    if (!channel_.send(Message::reload, ++asked_)) co_return Outcome{false, "the parent process does not listen"};
    auto waited = co_await has_answered_.wait(answer_limit);
    if (!waited || !answered_) co_return Outcome{false, "the parent process does not answer"};
    co_return std::move(*answered_);
}

}  // namespace cais::server
