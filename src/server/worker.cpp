#include "server/worker.h"

#include "http/date.h"
#include "io/tcp.h"
#include "tls/accept.h"
#include "trace/log.h"

#include <algorithm>
#include <fmt/format.h>
#include <malloc.h>
#include <utility>

namespace cais::server {
namespace {

constexpr int most_accepts_a_turn = 64;
constexpr auto tend_interval = std::chrono::seconds(5);
constexpr auto starved_wait = std::chrono::seconds(1);
constexpr auto last_requests = std::chrono::seconds(1);
constexpr std::uint64_t many_connections = 256;
constexpr auto give_back_wait = std::chrono::milliseconds(300);

// In the clear, to who came in the clear.
std::string no_tls()
{
    constexpr std::string_view content =
        "This port speaks HTTPS, and the request came as plain HTTP: ask with https://...\n";
    char date[http::date_octets];
    return fmt::format(
        "HTTP/1.1 400 Bad Request\r\nDate: {}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n"
        "Connection: close\r\n\r\n{}",
        http::write_date(std::chrono::floor<std::chrono::seconds>(base::wall_now()), date), content.size(), content);
}

}  // namespace

Worker::Worker(io::Pool& pool)
    : service_({}, limits_, "cais")
    , http1_(service_)
{
    loop_.use(pool);
}

void Worker::start_with(Change first, std::span<const std::unique_ptr<Worker>> all)
{
    first_ = std::move(first);
    all_ = all;
}

void Worker::take(Change change, std::move_only_function<void()> done)
{
    loop_.post([this, change = std::move(change), done = std::move(done)]() mutable {
        // One that stops goes on with what it has, and whoever waits for the change need not wait for that.
        if (!stopping_.is_set()) apply(std::move(change));
        done();
    });
}

// On the loop, between the turns of its coroutines.
void Worker::apply(Change change)
{
    living_.add(*change.snapshot);
    limits_ = change.snapshot->limits().http;
    stop_time_ = change.snapshot->limits().stop_time;
    const std::uint64_t allowed = change.snapshot->limits().connections;
    most_connections_ = std::max<std::uint64_t>(1, change.most_connections);
    if (allowed != 0)
        most_connections_ = std::min(most_connections_, std::max<std::uint64_t>(1, allowed / all_.size()));
    tracing_ = change.snapshot->tracing();
    service_.entry = std::move(change.snapshot);
    contexts_ = std::move(change.contexts);
    for (const auto& [number, context] : contexts_) {
        if (context->settings().certificates == certificates_) continue;
        certificates_ = context->settings().certificates;
        certificates_reader_.emplace(*certificates_);
    }
    if (kept_log_ != change.log) {
        log_.reset();
        kept_log_ = std::move(change.log);
        if (kept_log_) log_.emplace(*kept_log_);
        service_.observer = kept_log_ ? this : nullptr;
        loop_.not_at_turn_end(*this);
    }
    for (auto& socket : change.opened) {
        Door& door = *doors_.emplace_back(std::make_unique<Door>(std::move(socket)));
        door.acceptor.spawn(&Worker::accept, *this, door);
    }
    for (const std::uint32_t number : change.closed) {
        const auto door = std::ranges::find_if(
            doors_, [&](const auto& other) { return other->number == number && !other->is_closing; });
        if (door == doors_.end()) continue;
        (*door)->is_closing = true;
        closing_doors_.spawn(&Worker::close, *this, **door, stop_time_, Queue::emptied);
    }
}

void Worker::run(io::Task<void> (*beside)(void*), void* argument) { loop_.run(main(beside, argument)); }

void Worker::stop()
{
    loop_.post([this] {
        is_draining_ = false;
        is_urgent_.set();
        stopping_.set();
    });
}

void Worker::drain()
{
    loop_.post([this] {
        if (stopping_.is_set()) return;
        is_draining_ = true;
        stopping_.set();
    });
}

io::Task<void> Worker::main(io::Task<void> (*beside)(void*), void* argument)
{
    io::Scope helpers;
    apply(std::move(first_));
    helpers.spawn(&Worker::tend, *this);
    helpers.spawn(&Worker::give_memory_back, *this);
    helpers.spawn(&Worker::hand_over_log, *this);
    if (beside != nullptr) helpers.spawn(beside, argument);

    [[maybe_unused]] auto stop = co_await stopping_.wait(base::without_limit);
    service_.enter(http::Service::Stage::last_answers);
    helpers.spawn(&Worker::cut_later, *this);
    close_doors(is_draining_ ? Queue::left : Queue::emptied);
    // A successor is there, and nobody needs to lose a request that is on its way: who asks within a second is answered
    // and told to come by another connection.
    if (is_draining_) {
        [[maybe_unused]] auto urgent = co_await is_urgent_.wait(last_requests);
    }
    co_await closing_doors_.end();

    // What is in flight is finished; who only waits for another request is not waited for.
    service_.enter(http::Service::Stage::closing);
    open_connections_.cancel_resting();
    co_await open_connections_.end();
    has_ended_connections_ = true;
    if (beside != nullptr) {
        [[maybe_unused]] auto alone = co_await others_ended_.wait(base::without_limit);
    }
    helpers.cancel();
    co_await helpers.end();
    if (log_) log_->hand_over();
}

void Worker::others_have_ended()
{
    loop_.post([this] { others_ended_.set(); });
}

io::Task<void> Worker::cut_later()
{
    auto urgent = co_await is_urgent_.wait(base::without_limit);
    if (!urgent) co_return;
    const bool is_time = co_await io::sleep_for(stop_time_);
    if (!is_time) co_return;
    const std::size_t left = open_connections_.size();
    if (left > 0)
        trace::log(trace::Level::warning,
                   "stopping: " + std::to_string(left) + " connections had not ended in time and were cut");
    open_connections_.cancel();
}

io::Task<void> Worker::accept(Door& door)
{
    io::Listener& listener = door.listener;
    int in_turn = 0;
    for (;;) {
        const bool goes_on = co_await listener.ready();
        if (!goes_on) co_return;
        for (;;) {
            if (connections_.load(std::memory_order_relaxed) >= most_connections_) {
                trace::log(trace::Level::warning, trace::Key{"too many connections"},
                           "accepting connections: " + std::to_string(most_connections_) +
                               " are open on this loop, as many as descriptors (ulimit -n) or `connections` allow; "
                               "others wait");
                const bool not_cancelled = co_await io::DescriptorFreed(starved_wait);
                if (!not_cancelled) co_return;
                continue;
            }
            auto accepted = listener.try_accept();
            if (!accepted) {
                trace::log(trace::Level::error, trace::Key{"accept failed"},
                           "accepting connections: " + base::describe(accepted.error()) + "; others wait");
                const bool not_cancelled = co_await io::DescriptorFreed(starved_wait);
                if (!not_cancelled) co_return;
                continue;
            }
            if (!accepted->socket) break;  // nobody waits
            begin(std::move(*accepted), door.number);
            if (++in_turn >= most_accepts_a_turn) {
                in_turn = 0;
                const bool not_cancelled = co_await io::yield();
                if (!not_cancelled) co_return;
            }
        }
    }
}

void Worker::close_doors(Queue queue)
{
    for (auto& door : doors_)
        if (!std::exchange(door->is_closing, true))
            closing_doors_.spawn(&Worker::close, *this, *door, stop_time_, door->is_lent ? Queue::left : queue);
}

// Nobody accepts there any more. The door goes.
io::Task<void> Worker::close(Door& door, base::Duration limit, Queue queue)
{
    door.acceptor.cancel();
    co_await door.acceptor.end();
    if (queue == Queue::emptied) co_await empty_queue(door, loop_.now() + limit);
    std::erase_if(doors_, [&](const auto& other) { return other.get() == &door; });
}

// Of a listener that closes: who had connected is answered. Who connects from now on is not, or peers that never cease
// to come would keep us for ever.
io::Task<void> Worker::empty_queue(Door& door, base::Instant until)
{
    io::Listener& listener = door.listener;
    int in_turn = 0;
    for (std::uint32_t left = listener.waiting(); left > 0 && loop_.now() < until; --left) {
        auto accepted = listener.try_accept();
        if (!accepted || !accepted->socket) co_return;
        // Here: the others stop, too.
        admit(std::move(accepted->socket), accepted->peer, door.number);
        if (++in_turn < most_accepts_a_turn) continue;
        in_turn = 0;
        [[maybe_unused]] const bool goes_on = co_await io::yield();
    }
}

void Worker::begin(io::Accepted accepted, std::uint32_t listener)
{
    Worker& other = all_.size() > 1 ? least_busy() : *this;
    if (&other == this) return adopt(std::move(accepted), listener, *this);
    other.loop_.post([&other, this, given = std::move(accepted), listener]() mutable {
        other.adopt(std::move(given), listener, *this);
    });
}

// One that has ended its connections meanwhile, since the server stops, gives it back to who accepted it.
void Worker::adopt(io::Accepted accepted, std::uint32_t listener, Worker& from)
{
    if (!has_ended_connections_) {
        admit(std::move(accepted.socket), accepted.peer, listener);
        if (service_.stage() == http::Service::Stage::closing) open_connections_.cancel_resting();
    } else if (&from != this) {
        from.loop_.post(
            [&from, given = std::move(accepted), listener]() mutable { from.adopt(std::move(given), listener, from); });
    }
}

// The kernel spreads connections by their addresses, which says nothing of how long they last.
Worker& Worker::least_busy() noexcept
{
    Worker* least = this;
    std::uint64_t fewest = connections_.load(std::memory_order_relaxed);
    const std::uint64_t mine = fewest;
    for (const auto& worker : all_) {
        const std::uint64_t count = worker->connections_.load(std::memory_order_relaxed);
        if (count < fewest) {
            fewest = count;
            least = worker.get();
        }
    }
    return mine > 32 + fewest * 2 ? *least : *this;
}

// Two coroutines, so that a plain connection's frame holds nothing that TLS wants.
void Worker::admit(io::Descriptor socket, io::Address peer, std::uint32_t listener)
{
    if (tracing_ != nullptr && tracing_->wants(peer)) [[unlikely]] {
        open_connections_.spawn(&Worker::told, *this, std::move(socket), peer, listener);
        return;
    }
    const auto context = contexts_.find(listener);
    if (context == contexts_.end()) {
        open_connections_.spawn(&Worker::connection, *this, std::move(socket), peer, listener, nullptr);
    } else {
        open_connections_.spawn(&Worker::secured, *this, std::move(socket), http::Connection{peer, listener},
                                context->second);
    }
}

// The same for one of which somebody wants to hear.
io::Task<void> Worker::told(io::Descriptor socket, io::Address peer, std::uint32_t listener)
{
    const std::shared_ptr<Tracing> tracing = tracing_;
    const io::Address local = io::local_address(socket.get());
    const ConnectionStory story(*tracing, peer, local);
    const http::Connection about{peer, listener, nullptr, &story.context()};
    const auto context = contexts_.find(listener);
    if (context != contexts_.end()) {
        co_await secured(std::move(socket), about, context->second);
    } else {
        tell_opened(about, local, "http/1.1");
        co_await connection(std::move(socket), peer, listener, about.trace);
    }
}

// Of HTTP from here on, where somebody listens.
void Worker::tell_opened(const http::Connection& about, io::Address local, std::string_view protocol)
{
    const std::string from = about.peer.text(), to = local.text();
    about.trace->say(trace::ConnectionOpened{
        .peer = from, .local = to, .protocol = protocol, .is_secure = about.security != nullptr});
}

io::Task<void> Worker::connection(io::Descriptor socket, io::Address peer, std::uint32_t listener,
                                  const trace::Context* trace)
{
    connections_.fetch_add(1, std::memory_order_relaxed);
    {
        io::TcpStream stream(std::move(socket));
        const http::Connection about{peer, listener, nullptr, trace};
        [[maybe_unused]] auto preface = co_await http1::serve(stream, about, http1_);
    }
    connections_.fetch_sub(1, std::memory_order_relaxed);
}

io::Task<void> Worker::secured(io::Descriptor socket, http::Connection about,
                               std::shared_ptr<const tls::ServerContext> context)
{
    struct Counted {
        Worker& worker;
        explicit Counted(Worker& of)
            : worker(of)
        {
            worker.connections_.fetch_add(1, std::memory_order_relaxed);
            const auto open = ++worker.secured_connections_;
            worker.most_since_given_back_ = std::max(worker.most_since_given_back_, open);
        }
        ~Counted()
        {
            worker.connections_.fetch_sub(1, std::memory_order_relaxed);
            const auto open = --worker.secured_connections_;
            if (worker.most_since_given_back_ >= many_connections && open < worker.most_since_given_back_ / 2)
                worker.has_memory_to_give_.set();
        }
    } const counted(*this);
    const io::Address local = io::local_address(socket.get());
    io::TcpStream below(std::move(socket));
    tls::Stream stream(below);
    {
        const tls::Arrival arrival{.context = *context,
                                   .certificates = certificates_reader_ ? &*certificates_reader_ : nullptr,
                                   .peer = about.peer,
                                   .local = local,
                                   .limit = limits_.handshake_time,
                                   .plain_answer = no_tls,
                                   .trace = about.trace == nullptr ? trace::Context{} : *about.trace};
        auto done = co_await tls::accept(stream, arrival);
        if (!done) {
            if (about.trace != nullptr)
                about.trace->say(trace::ConnectionClosed{.why = "the handshake failed", .is_failure = true});
            co_return;
        }
    }
    context.reset();  // an idle connection keeps no old configuration
    const tls::Outcome& outcome = stream.outcome();
    if (outcome.protocol == "acme-tls/1") co_return stream.shut_down();  // the handshake was the answer (RFC 8737 §3)
    const http::Security security{.server_name = outcome.server_name,
                                  .version = outcome.version,
                                  .cipher = outcome.cipher,
                                  .client_subject = outcome.peer_subject,
                                  .client_digest = outcome.peer_digest,
                                  .client_rules = outcome.client_rules};
    about.security = &security;
    if (about.trace != nullptr) [[unlikely]]
        tell_opened(about, local, outcome.protocol.empty() ? "http/1.1" : outcome.protocol);
    [[maybe_unused]] auto preface = co_await http1::serve(stream, about, http1_);
    stream.shut_down();
}

// What many handshakes needed and few connections do not goes back to the system, as it would not by itself: it lies in
// pieces between what is still used. 0.1 to 1 ms.
io::Task<void> Worker::give_memory_back()
{
    for (;;) {
        auto has_some = co_await has_memory_to_give_.wait(base::without_limit);
        if (!has_some) co_return;
        const bool goes_on = co_await io::sleep_for(give_back_wait);
        if (!goes_on) co_return;
        has_memory_to_give_.clear();
        most_since_given_back_ = secured_connections_;
        ::malloc_trim(0);
    }
}

void Worker::exchange_ended(const http::ExchangeRecord& record) noexcept
{
    log_->record(record, loop_.now());
    if (log_->due() <= loop_.now()) loop_.at_turn_end(*this);
    else log_has_lines_.set();
}

void Worker::turn_ended() noexcept { log_->turn_ended(loop_.now()); }

io::Task<void> Worker::tend()
{
    for (;;) {
        const bool goes_on = co_await io::sleep_for(tend_interval);
        if (!goes_on) co_return;
        living_.tend();
    }
}

// A line waits for at most a second.
io::Task<void> Worker::hand_over_log()
{
    for (;;) {
        auto has_lines = co_await log_has_lines_.wait(base::without_limit);
        if (!has_lines) co_return;
        const bool goes_on = co_await io::sleep_for(AccessLog::Buffer::oldest);
        log_has_lines_.clear();
        if (log_) log_->hand_over();
        if (!goes_on) co_return;
    }
}

}  // namespace cais::server
