#include "io/scope.h"
#include "io/signals.h"
#include "running.h"

#include <csignal>
#include <string>

#include <unistd.h>

namespace cais::io {
namespace {

TEST(Signals, come_as_events)
{
    block_signals({SIGUSR1, SIGUSR2});
    run([]() -> Task<> {
        Signals signals({SIGUSR1, SIGUSR2});
        ::raise(SIGUSR2);
        auto first = co_await signals.next();
        EXPECT_TRUE(first && *first == SIGUSR2);

        // While it waits.
        int got = 0;
        Scope scope;
        scope.spawn(
            +[](Signals& from, int& to) -> Task<> {
                auto signal = co_await from.next();
                if (signal) to = *signal;
            },
            signals, got);
        EXPECT_TRUE(co_await sleep_for(1ms));
        EXPECT_EQ(got, 0);
        ::raise(SIGUSR1);
        co_await scope.end();
        EXPECT_EQ(got, SIGUSR1);

        ::raise(SIGUSR1);
        ::raise(SIGUSR2);
        auto third = co_await signals.next();
        auto fourth = co_await signals.next();
        EXPECT_TRUE(third && fourth && *third + *fourth == SIGUSR1 + SIGUSR2);
    });
}

TEST(Signals, a_cancelled_wait_ends)
{
    block_signals({SIGUSR1});
    run([]() -> Task<> {
        Signals signals({SIGUSR1});
        Error::Kind kind = Error::failed;
        Scope scope;
        scope.spawn(
            +[](Signals& from, Error::Kind& to) -> Task<> {
                auto signal = co_await from.next();
                if (!signal) to = signal.error().kind;
            },
            signals, kind);
        scope.cancel();
        co_await scope.end();
        EXPECT_EQ(kind, Error::cancelled);
    });
}

TEST(Signals, a_broken_pipe_is_an_error_and_no_signal)
{
    block_signals({});
    Pair pair = unix_pair();
    pair.theirs.close();
    EXPECT_EQ(::write(pair.ours.get(), "x", 1), -1);
    EXPECT_EQ(errno, EPIPE);
}

}  // namespace
}  // namespace cais::io
