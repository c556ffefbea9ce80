#include "client/race.h"

#include "io/connect.h"
#include "io/listener.h"
#include "io/scope.h"

#include <algorithm>

namespace cais::client {
namespace {

// In which order the addresses are tried: the families take turns as long as both have some (RFC 8305 §4).
struct Order {
    const Addresses* addresses;
    std::size_t next_ip6 = 0, next_ip4 = 0;  // in their lists
    bool was_ip6 = false;                    // the one before

    [[nodiscard]] bool has_next() const { return next_ip6 < addresses->ip6.size() || next_ip4 < addresses->ip4.size(); }
    [[nodiscard]] std::optional<io::Address> next()
    {
        const bool has_ip6 = next_ip6 < addresses->ip6.size();
        const bool has_ip4 = next_ip4 < addresses->ip4.size();
        if (!has_ip6 && !has_ip4) return std::nullopt;
        was_ip6 = has_ip6 && (!has_ip4 || !was_ip6);
        return was_ip6 ? addresses->ip6[next_ip6++] : addresses->ip4[next_ip4++];
    }
};

struct Race {
    Addresses* addresses;
    RaceSettings settings;
    Order order;
    std::size_t running = 0;
    std::size_t begun = 0;
    Connected winner = {};
    RaceLost lost = {};
};

void say_order(const Race& race)
{
    Order ahead = race.order;
    std::vector<std::string> texts;
    while (const auto address = ahead.next()) texts.push_back(address->text());
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    race.settings.trace.say(trace::RaceBegin{views, race.settings.attempt_delay});
}

void say_outcome(const Race& race, io::Address to, const Result<std::unique_ptr<io::TcpStream>>& outcome,
                 base::Duration took)
{
    const trace::Context& trace = race.settings.trace;
    const std::string address = to.text();
    if (outcome) {
        const std::string local = io::local_address((*outcome)->fd()).text();
        trace.say(trace::Connected{address, local, took});
    } else if (outcome.error().kind == Error::cancelled) {
        trace.say(trace::ConnectCancelled{address, took});
    } else {
        const std::string why = base::describe(outcome.error());
        trace.say(trace::ConnectFailure{address, why, took});
    }
}

io::Task<void> attempt(Race& race, io::Address to)
{
    const trace::Context& trace = race.settings.trace;
    const base::Instant begun = base::now();
    if (trace) trace.say(trace::ConnectBegin{to.text(), static_cast<unsigned>(race.begun)});
    auto connected = co_await io::connect(to, race.settings.attempt);
    if (trace) say_outcome(race, to, connected, base::now() - begun);
    --race.running;
    if (connected) {
        if (!race.winner.stream) race.winner = {std::move(*connected), to, begun};
    } else if (connected.error().kind != Error::cancelled || race.lost.tried.family == io::Address::Family::none) {
        race.lost = {connected.error(), to};
    }
    race.addresses->changed.set();
}

}  // namespace

io::Task<std::expected<Connected, RaceLost>> race(Addresses& addresses, RaceSettings settings)
{
    Race race{&addresses, settings, Order{&addresses}};
    const io::Loop& loop = *io::Loop::current();
    base::Instant next_attempt = loop.now();
    std::optional<base::Instant> first_answer;  // of IPv4 alone
    bool was_cancelled = false;
    io::Scope attempts;
    while (!race.winner.stream) {
        addresses.changed.clear();
        if (!addresses.has_ip6 && addresses.has_ip4 && !first_answer) first_answer = loop.now();
        // RFC 8305 §3: a little patience for IPv6.
        const bool is_early = race.begun == 0 && !addresses.has_ip6 &&
                              (!first_answer || loop.now() < *first_answer + settings.resolution_delay);
        const bool is_time = race.running == 0 || loop.now() >= next_attempt;
        if (!is_early && is_time) {
            if (race.begun == 0 && race.order.has_next() && settings.trace) say_order(race);
            if (const auto to = race.order.next()) {
                ++race.running;
                ++race.begun;
                next_attempt = loop.now() + settings.attempt_delay;
                attempts.spawn(attempt, race, *to);
                continue;
            }
            if (race.running == 0 && addresses.is_whole()) break;
        }
        base::Instant until = base::never;
        if (is_early && first_answer) until = *first_answer + settings.resolution_delay;
        if (!is_early && race.running > 0 && race.order.has_next()) until = next_attempt;
        const base::Duration limit =
            until == base::never ? base::without_limit : std::max<base::Duration>(until - loop.now(), {});
        auto waited = co_await addresses.changed.wait(limit);
        if (!waited && waited.error().kind == Error::cancelled) {
            was_cancelled = true;
            break;
        }
    }
    attempts.cancel();
    co_await attempts.end();
    if (was_cancelled)
        co_return std::unexpected(RaceLost{{Error::cancelled, 0, "the connection was cancelled", ""}, {}});
    if (race.winner.stream) co_return std::move(race.winner);
    if (race.begun == 0) co_return std::unexpected(RaceLost{addresses.fault, {}});
    co_return std::unexpected(race.lost);
}

}  // namespace cais::client
