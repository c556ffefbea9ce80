#include "client/pool.h"

#include <algorithm>

namespace cais::client {

Pool::Pool(PoolSettings settings)
    : settings_(std::move(settings))
    , resolver_(settings_.resolver)
{
}

Pool::~Pool() { assert(members_.empty() && "a pool was left without co_await pool.end()"); }

const Connection& Pool::Lease::connection() const noexcept { return *member_->connection; }
bool Pool::Lease::is_reused() const noexcept { return member_->exchanges > 1; }
std::uint64_t Pool::Lease::connection_number() const noexcept { return member_->number; }

io::Task<void> Pool::Lease::end()
{
    if (turn_ == nullptr) co_return;
    co_await turn_->end();
    turn_.reset();
    Pool& pool = *pool_;
    Member& member = *member_;
    if (!member.connection->is_idle()) co_return;  // others use it
    if (!member.connection->takes_more()) {
        co_await pool.drop(member, "it takes no further exchange", trace_);
        co_return;
    }
    member.idle_since = io::Loop::current()->now();
    if (trace_) trace_.say(trace::ConnectionKept{pool.settings_.idle});
    co_await pool.drop_old(pool.settings_.most_idle);
    if (pool.watching_.is_empty()) pool.watching_.spawn(&Pool::watch_idle, pool);
}

Pool::Lease Pool::lease(Member& member, trace::Context trace)
{
    Lease lease;
    lease.pool_ = this;
    lease.member_ = &member;
    lease.trace_ = trace;
    lease.trace_.connection = member.number;
    lease.turn_ = member.connection->begin();
    ++member.exchanges;
    member.idle_since = base::never;
    return lease;
}

// One that is there and takes an exchange more; the one that was used last, since the others' servers are closer to
// closing them.
Pool::Member* Pool::find(const Way& way)
{
    Member* best = nullptr;
    for (auto& member : members_) {
        if (!member.way.serves(way) || !member.connection->takes_more()) continue;
        if (best == nullptr || member.idle_since > best->idle_since) best = &member;
    }
    return best;
}

io::Task<std::expected<Pool::Lease, Failure>> Pool::open(Way way, trace::Context trace, Fresh fresh)
{
    if (fresh == Fresh::no) {
        if (Member* member = find(way)) {
            trace.connection = member->number;
            const auto& path = member->connection->path();
            if (trace)
                trace.say(trace::ConnectionReused{path.peer.text(), member->connection->protocol(), member->exchanges});
            co_return lease(*member, trace);
        }
    }
    const std::uint64_t number = trace ? trace::next_connection() : 0;
    trace.connection = number;
    DialSettings settings{.resolver = resolver_};
    settings.families = settings_.families;
    settings.tls = settings_.tls.get();
    settings.proxy_tls = settings_.proxy_tls.get();
    settings.sessions = &sessions_;
    settings.user_agent = settings_.user_agent;
    settings.limits = settings_.dial;
    auto path = co_await dial(way, settings, trace);
    if (!path) co_return std::unexpected(path.error());
    const bool is_secure = (*path)->tls() != nullptr;
    const std::string peer = (*path)->peer.text();
    const std::string local = (*path)->local.text();
    Member& member =
        members_.emplace_front(std::move(way), make_http1_connection(std::move(*path), settings_.exchange));
    member.number = number;
    if (trace) trace.say(trace::ConnectionOpened{peer, local, member.connection->protocol(), is_secure});
    co_return lease(member, trace);
}

io::Task<void> Pool::drop(Member& member, std::string_view why, trace::Context trace)
{
    trace.connection = member.number;
    if (trace) trace.say(trace::ConnectionClosed{why, member.exchanges});
    const auto at = std::ranges::find_if(members_, [&](const Member& one) { return &one == &member; });
    std::list<Member> dropped;  // nobody finds it any more, while it ends
    dropped.splice(dropped.begin(), members_, at);
    co_await dropped.front().connection->end();
}

// Those that have rested too long, and the oldest of those that are more than `most`, or too many of one origin.
io::Task<void> Pool::drop_old(std::size_t most)
{
    for (;;) {
        const base::Instant now = io::Loop::current()->now();
        Member* oldest = nullptr;
        std::size_t idle = 0;
        bool is_due = false;
        for (auto& member : members_) {
            if (member.idle_since == base::never) continue;
            ++idle;
            const auto of_origin = static_cast<std::size_t>(std::ranges::count_if(members_, [&](const Member& other) {
                return other.idle_since != base::never && other.way.serves(member.way);
            }));
            const bool wants_out =
                now - member.idle_since >= settings_.idle || of_origin > settings_.most_idle_of_origin;
            if (oldest != nullptr && (is_due && !wants_out)) continue;
            if (oldest == nullptr || (wants_out && !is_due) || member.idle_since < oldest->idle_since) oldest = &member;
            is_due = is_due || wants_out;
        }
        if (oldest == nullptr || (!is_due && idle <= most)) co_return;
        co_await drop(*oldest, "it was idle for too long", {});
    }
}

// As long as there are some that rest.
io::Task<void> Pool::watch_idle()
{
    for (;;) {
        base::Instant first = base::never;
        for (const auto& member : members_) first = std::min(first, member.idle_since);
        if (first == base::never) co_return;
        const base::Duration limit = std::max<base::Duration>(first + settings_.idle - io::Loop::current()->now(), {});
        const bool is_time = co_await io::sleep_for(limit + std::chrono::milliseconds(1));
        if (!is_time) co_return;
        co_await drop_old(settings_.most_idle);
    }
}

io::Task<void> Pool::end()
{
    watching_.cancel();
    co_await watching_.end();
    while (!members_.empty()) co_await drop(members_.front(), "nobody needs it any more", {});
}

}  // namespace cais::client
