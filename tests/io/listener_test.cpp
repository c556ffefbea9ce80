#include "io/listener.h"
#include "io/scope.h"
#include "running.h"

#include <string>
#include <vector>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

namespace cais::io {
namespace {

using Share = ListenOptions::Share;

Address loopback(std::uint16_t port = 0)
{
    auto address = Address::parse("127.0.0.1:0");
    address->port = port;
    return *address;
}

ListenOptions options_of(Share share, bool defer_accept = false) { return {share, 64, defer_accept}; }

// A client that has begun to connect.
Descriptor connect_to(const Address& address)
{
    Descriptor socket(
        ::socket(address.family == Address::Family::ip6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    sockaddr_storage to;
    const auto length = address.fill(to);
    ::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), length);
    return socket;
}

// Lowers the limit to the descriptors that are open now, and raises it again.
class NoMoreDescriptors {
public:
    NoMoreDescriptors()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const Descriptor next(::dup(0));
        rlimit now = before_;
        now.rlim_cur = static_cast<rlim_t>(next.get());
        ::setrlimit(RLIMIT_NOFILE, &now);
    }
    ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    NoMoreDescriptors(const NoMoreDescriptors&) = delete;
    NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;

private:
    rlimit before_{};
};

Task<Result<Accepted>> accept_one(Listener& listener)
{
    for (;;) {
        auto accepted = listener.try_accept();
        if (!accepted || accepted->socket) co_return accepted;
        const bool goes_on = co_await listener.ready();
        if (!goes_on) co_return fail(Error::cancelled, "no longer accepting");
    }
}

TEST(ListenAt, port_0_gets_a_port)
{
    auto socket = listen_at(loopback(), options_of(Share::no));
    ASSERT_TRUE(socket);
    const Address address = local_address(socket->get());
    EXPECT_NE(address.port, 0);
    EXPECT_EQ(address.ip_text(), "127.0.0.1");
}

struct Busy {
    const char* name;
    Share first;
    Share second;
    bool is_error;
};
constexpr Busy busy[] = {
    {"no_after_no", Share::no, Share::no, true},
    {"first_after_no", Share::no, Share::first, true},
    {"joins_after_no", Share::no, Share::joins, true},
    {"no_after_first", Share::first, Share::no, true},
    {"first_after_first", Share::first, Share::first, true},  // a second program of ours
    {"joins_after_first", Share::first, Share::joins, false},
};
class ListenAtBusyPort : public testing::TestWithParam<Busy> {};
TEST_P(ListenAtBusyPort, is_an_error_unless_it_joins)
{
    auto first = listen_at(loopback(), options_of(GetParam().first));
    ASSERT_TRUE(first);
    auto second = listen_at(local_address(first->get()), options_of(GetParam().second));
    ASSERT_EQ(!second, GetParam().is_error);
    if (!second) EXPECT_EQ(second.error().kind, Error::busy);
}
INSTANTIATE_TEST_SUITE_P(, ListenAtBusyPort, testing::ValuesIn(busy), [](const auto& info) { return info.param.name; });

TEST(ListenAt, several_join_and_each_connection_goes_to_one)
{
    run([]() -> Task<> {
        auto first = listen_at(loopback(), options_of(Share::first));
        if (!first) {
            ADD_FAILURE() << "no listener";
            co_return;
        }
        const Address address = local_address(first->get());
        std::vector<std::unique_ptr<Listener>> listeners;
        listeners.push_back(std::make_unique<Listener>(std::move(*first)));
        for (int i = 0; i < 2; ++i) {
            auto joined = listen_at(address, options_of(Share::joins));
            EXPECT_TRUE(joined);
            if (joined) listeners.push_back(std::make_unique<Listener>(std::move(*joined)));
        }
        std::vector<Descriptor> clients;
        for (int i = 0; i < 60; ++i) clients.push_back(connect_to(address));
        int count = 0;
        const base::Instant began = base::now();
        while (count < 60 && base::now() - began < long_enough) {
            for (auto& listener : listeners) {
                auto accepted = listener->try_accept();
                if (accepted && accepted->socket) ++count;
            }
            // A listener that was found empty is not tried before its event.
            Scope scope;
            for (auto& listener : listeners)
                scope.spawn(
                    +[](Listener& on) -> Task<> { [[maybe_unused]] const bool goes_on = co_await on.ready(); },
                    *listener);
            EXPECT_TRUE(co_await sleep_for(1ms));
            scope.cancel();
            co_await scope.end();
        }
        EXPECT_EQ(count, 60);
    });
}

TEST(ListenAt, ip6_does_not_take_ip4_with_it)
{
    // Each address that is named is one listener. A few tries: somebody else may have that port of IPv4.
    bool both = false;
    for (int i = 0; i < 20 && !both; ++i) {
        auto socket = listen_at(*Address::parse("[::]:0"), options_of(Share::no));
        ASSERT_TRUE(socket) << describe(socket.error()) << ": this machine has no IPv6, which this test wants";
        Address other = *Address::parse("0.0.0.0:0");
        other.port = local_address(socket->get()).port;
        both = listen_at(other, options_of(Share::no)).has_value();
    }
    EXPECT_TRUE(both);
}

TEST(ListenAt, an_address_that_is_not_ours)
{
    auto socket = listen_at(*Address::parse("192.0.2.1:0"), options_of(Share::no));  // TEST-NET-1, RFC 5737 §3
    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().number, EADDRNOTAVAIL);
}

TEST(ListenAt, no_address_is_an_error) { EXPECT_FALSE(listen_at(Address{}, options_of(Share::no))); }

TEST(Listener, gives_the_peer_and_a_socket_that_does_not_block)
{
    for (const char* where : {"127.0.0.1:0", "[::1]:0"}) {
        run(
            [](Address at) -> Task<> {
                auto socket = listen_at(at, options_of(Share::no));
                if (!socket) {
                    ADD_FAILURE() << describe(socket.error()) << ": the loopback of IPv4 and of IPv6 is wanted";
                    co_return;
                }
                const Address address = local_address(socket->get());
                Listener listener(std::move(*socket));
                auto none = listener.try_accept();
                EXPECT_TRUE(none && !none->socket);
                const Descriptor client = connect_to(address);
                auto accepted = co_await accept_one(listener);
                EXPECT_TRUE(accepted && accepted->socket);
                if (!accepted) co_return;
                EXPECT_EQ(accepted->peer, local_address(client.get()));
                EXPECT_NE(::fcntl(accepted->socket.get(), F_GETFL) & O_NONBLOCK, 0);
                EXPECT_NE(::fcntl(accepted->socket.get(), F_GETFD) & FD_CLOEXEC, 0);
                int no_delay = 0;
                socklen_t length = sizeof no_delay;
                ::getsockopt(accepted->socket.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &length);
                EXPECT_NE(no_delay, 0);
            },
            *Address::parse(where));
    }
}

TEST(Listener, with_defer_accept_the_first_octets_are_there)
{
    run([]() -> Task<> {
        auto socket = listen_at(loopback(), options_of(Share::no, true));
        const Address address = local_address(socket->get());
        Listener listener(std::move(*socket));
        const Descriptor client = connect_to(address);
        EXPECT_EQ(::send(client.get(), "GET", 3, MSG_NOSIGNAL), 3);
        auto accepted = co_await accept_one(listener);
        if (!accepted) {
            ADD_FAILURE();
            co_return;
        }
        char into[8];
        EXPECT_EQ(::recv(accepted->socket.get(), into, sizeof into, 0), 3);
    });
}

TEST(Listener, a_connection_that_was_reset_in_the_queue_is_passed_over_or_given)
{
    run([]() -> Task<> {
        auto socket = listen_at(loopback(), options_of(Share::no));
        const Address address = local_address(socket->get());
        Listener listener(std::move(*socket));
        {
            const Descriptor client = connect_to(address);
            const linger at_once{1, 0};
            ::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        }
        const Descriptor second = connect_to(address);
        auto accepted = co_await accept_one(listener);
        EXPECT_TRUE(accepted && accepted->socket);
    });
}

TEST(Listener, waiting_counts_the_queue)
{
    run([]() -> Task<> {
        auto socket = listen_at(loopback(), options_of(Share::no));
        if (!socket) {
            ADD_FAILURE() << "no listener";
            co_return;
        }
        const Address address = local_address(socket->get());
        Listener listener(std::move(*socket));
        EXPECT_EQ(listener.waiting(), 0u);
        // On the loopback a connection is in the queue when connect() has returned.
        const Descriptor first = connect_to(address);
        const Descriptor second = connect_to(address);
        EXPECT_EQ(listener.waiting(), 2u);
        auto accepted = listener.try_accept();
        EXPECT_TRUE(accepted && accepted->socket);
        EXPECT_EQ(listener.waiting(), 1u);
    });
}

TEST(Listener, a_cancelled_wait_says_so)
{
    run([]() -> Task<> {
        auto socket = listen_at(loopback(), options_of(Share::no));
        Listener listener(std::move(*socket));
        EXPECT_TRUE(listener.try_accept());
        bool goes_on = true;
        Scope scope;
        scope.spawn(+[](Listener& on, bool& to) -> Task<> { to = co_await on.ready(); }, listener, goes_on);
        scope.cancel();
        co_await scope.end();
        EXPECT_FALSE(goes_on);
    });
}

TEST(Listener, without_descriptors_the_connection_stays_in_the_queue)
{
    run([]() -> Task<> {
        auto socket = listen_at(loopback(), options_of(Share::no));
        const Address address = local_address(socket->get());
        Listener listener(std::move(*socket));
        const Descriptor client = connect_to(address);
        Descriptor spare(::dup(0));
        std::string log;
        {
            const NoMoreDescriptors limit;
            auto refused = listener.try_accept();
            EXPECT_TRUE(!refused && refused.error().kind == Error::exhausted);
            refused = listener.try_accept();
            EXPECT_TRUE(!refused && refused.error().kind == Error::exhausted) << "it is still there";
            spare.close();
            auto accepted = listener.try_accept();
            EXPECT_TRUE(accepted && accepted->socket);
            spare = std::move(accepted->socket);
        }
        const Descriptor second = connect_to(address);
        Scope scope;
        scope.spawn(
            +[](Listener& on, std::string& to) -> Task<> {
                const bool goes_on = co_await DescriptorFreed(long_enough);
                EXPECT_TRUE(goes_on);
                auto accepted = on.try_accept();
                to = accepted && accepted->socket ? "accepted" : "refused";
            },
            listener, log);
        EXPECT_TRUE(co_await sleep_for(1ms));
        EXPECT_EQ(log, "");
        spare.close();
        co_await scope.end();
        EXPECT_EQ(log, "accepted");
    });
}

// Two listeners on one loop, each with an acceptor that waits for room; one of them is cancelled.
TEST(DescriptorFreed, wakes_all_who_wait)
{
    const auto wait = +[](base::Duration limit, std::string& log, char name) -> Task<> {
        const bool goes_on = co_await DescriptorFreed(limit);
        log += goes_on ? name : static_cast<char>(name - 'a' + 'A');
    };
    run(
        [](auto waiter) -> Task<> {
            std::string log;
            Scope scope;
            Scope cancelled;
            scope.spawn(waiter, long_enough, log, 'a');
            scope.spawn(waiter, 1ms, log, 't');
            cancelled.spawn(waiter, long_enough, log, 'c');
            scope.spawn(waiter, long_enough, log, 'b');
            while (log != "t") EXPECT_TRUE(co_await sleep_for(1ms));
            cancelled.cancel();
            co_await cancelled.end();
            EXPECT_EQ(log, "tC");
            Descriptor(::dup(0)).close();
            co_await scope.end();
            EXPECT_EQ(log, "tCab");
        },
        wait);
}

// Where epoll does not take the listener (here: it is no socket) the wait is no busy loop, and no false "cancelled",
// which would end the acceptor for ever.
TEST(Listener, what_epoll_does_not_take_is_tried_again_later)
{
    run([]() -> Task<> {
        Listener listener(Descriptor(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)));
        auto accepted = listener.try_accept();
        EXPECT_FALSE(accepted);
        const base::Instant began = Loop::current()->now();
        const bool goes_on = co_await listener.ready();
        EXPECT_TRUE(goes_on);
        EXPECT_GE(Loop::current()->now() - began, 500ms);

        bool still = true;
        EXPECT_FALSE(listener.try_accept());
        Scope scope;
        scope.spawn(+[](Listener& on, bool& to) -> Task<> { to = co_await on.ready(); }, listener, still);
        scope.cancel();
        co_await scope.end();
        EXPECT_FALSE(still);
    });
}

}  // namespace
}  // namespace cais::io
