#include "io/connect.h"
#include "io/listener.h"
#include "io/within.h"
#include "running.h"

#include <gtest/gtest.h>

namespace cais::io {
namespace {

TEST(Connect, reaches_a_listener)
{
    ListenOptions options;
    options.defer_accept = false;
    auto socket = listen_at(*Address::parse("127.0.0.1:0"), options);
    ASSERT_TRUE(socket);
    const Address to = local_address(socket->get());
    run(
        [](Address there, Descriptor listening) -> Task<void> {
            auto stream = co_await connect(there, long_enough);
            EXPECT_TRUE(stream);
            if (!stream) co_return;
            const Descriptor accepted(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
            EXPECT_TRUE(accepted);
            tell(accepted, "hello");
            const std::string text = co_await read_all(**stream, 5);
            EXPECT_EQ(text, "hello");
            const std::string_view piece = "hi";
            EXPECT_EQ((*stream)->try_write({&piece, 1}, More::no).bytes, 2u);
        },
        to, std::move(*socket));
}

TEST(Connect, nobody_listens)
{
    Address there;
    {
        auto socket = listen_at(*Address::parse("127.0.0.1:0"), {});
        ASSERT_TRUE(socket);
        there = local_address(socket->get());
    }
    run(
        [](Address to) -> Task<void> {
            auto stream = co_await connect(to, long_enough);
            EXPECT_FALSE(stream);
            if (!stream) EXPECT_EQ(stream.error().number, ECONNREFUSED);
        },
        there);
}

TEST(Connect, no_address_at_all)
{
    run([]() -> Task<void> {
        auto stream = co_await connect(Address{}, long_enough);
        EXPECT_FALSE(stream);
    });
}

// A queue that is full drops what comes: no answer at all.
TEST(Connect, no_answer_in_time)
{
    ListenOptions options;
    options.backlog = 0;
    options.defer_accept = false;
    auto socket = listen_at(*Address::parse("127.0.0.1:0"), options);
    ASSERT_TRUE(socket);
    run(
        [](Address to) -> Task<void> {
            std::vector<std::unique_ptr<TcpStream>> streams;
            for (int i = 0; i < 16; ++i) {
                auto stream = co_await connect(to, 50ms);
                if (stream) {
                    streams.push_back(std::move(*stream));
                    continue;
                }
                EXPECT_EQ(stream.error().number, ETIMEDOUT);
                co_return;
            }
            ADD_FAILURE() << "the queue never filled";
        },
        local_address(socket->get()));
}

Task<Result<int>> give_after(base::Duration wait)
{
    const bool is_time = co_await sleep_for(wait);
    if (!is_time) co_return fail(Error::cancelled, "cancelled");
    co_return 7;
}

TEST(Within, gives_what_the_work_gave_or_that_it_was_too_late)
{
    run([]() -> Task<void> {
        auto soon = co_await within(long_enough, give_after(1ms));
        EXPECT_EQ(soon.value_or(0), 7);
        auto late = co_await within(1ms, give_after(long_enough));
        EXPECT_FALSE(late);
        if (!late) EXPECT_EQ(late.error().kind, Error::timed_out);
    });
}

TEST(Within, a_cancelled_awaiter_cancels_the_work)
{
    run([]() -> Task<void> {
        Scope scope;
        scope.spawn(+[]() -> Task<void> {
            auto never = co_await within(long_enough, give_after(long_enough));
            EXPECT_FALSE(never);
            if (!never) EXPECT_EQ(never.error().kind, Error::cancelled);
        });
        scope.cancel();
        co_await scope.end();
    });
}

Task<Result<int>> throw_something()
{
    const bool goes_on = co_await yield();
    if (goes_on) throw std::runtime_error("thrown");
    co_return 0;
}

TEST(Within, what_the_work_throws_comes_through)
{
    run([]() -> Task<void> {
        bool was_thrown = false;
        try {
            [[maybe_unused]] auto never = co_await within(long_enough, throw_something());
        } catch (const std::runtime_error&) {
            was_thrown = true;
        }
        EXPECT_TRUE(was_thrown);
    });
}

}  // namespace
}  // namespace cais::io
