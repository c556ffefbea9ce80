#include "io/reactor.h"
#include "io/scope.h"
#include "running.h"

#include <memory>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace cais::io {
namespace {

using For = Source::For;

bool read_one(Stream& stream)
{
    char octet = 0;
    return stream.try_read({&octet, 1}).state == Progress::done;
}

// Two sources are ready in one batch of events; the task that goes on first closes the other one, whose task has been
// completed and goes on a moment later.
TEST(Reactor, a_source_closed_by_another_task_of_the_same_batch)
{
    struct Two {
        std::unique_ptr<TcpStream> streams[2];
        int went_on = 0;
    };
    const auto wait = +[](Two& two, int which) -> Task<> {
        auto ready = co_await two.streams[which]->ready(Stream::For::reading, long_enough);
        EXPECT_TRUE(ready);
        ++two.went_on;
        two.streams[1 - which].reset();
    };
    run(
        [](auto waiter) -> Task<> {
            Pair first = tcp_pair();
            Pair second = tcp_pair();
            Two two;
            two.streams[0] = std::make_unique<TcpStream>(std::move(first.ours));
            two.streams[1] = std::make_unique<TcpStream>(std::move(second.ours));
            EXPECT_FALSE(read_one(*two.streams[0]));
            EXPECT_FALSE(read_one(*two.streams[1]));
            Scope scope;
            scope.spawn(waiter, two, 0);
            scope.spawn(waiter, two, 1);
            tell(first.theirs, "x");
            tell(second.theirs, "x");
            co_await scope.end();
            EXPECT_EQ(two.went_on, 2);
        },
        wait);
}

// A child that was forked and has not yet called exec holds a copy of every descriptor, so that closing ours does not
// take it out of epoll: an event for a source that is gone would be a use after free.
TEST(Reactor, a_source_closed_while_a_child_holds_its_descriptor)
{
    run([]() -> Task<> {
        Pair pair = tcp_pair();
        auto stream = std::make_unique<TcpStream>(std::move(pair.ours));
        EXPECT_FALSE(read_one(*stream));
        auto ready = co_await stream->ready(Stream::For::reading, 1ms);
        EXPECT_FALSE(ready);
        int pipe_ends[2];
        EXPECT_EQ(::pipe(pipe_ends), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            char octet = 0;
            ::close(pipe_ends[1]);
            [[maybe_unused]] const ssize_t got = ::read(pipe_ends[0], &octet, 1);
            ::_exit(0);
        }
        ::close(pipe_ends[0]);
        stream.reset();
        tell(pair.theirs, "for nobody");
        EXPECT_TRUE(co_await sleep_for(5ms));
        ::close(pipe_ends[1]);
        int status = 0;
        ::waitpid(child, &status, 0);
    });
}

// The number of a closed descriptor comes again at once, with another source.
TEST(Reactor, descriptors_are_reused)
{
    run([]() -> Task<> {
        int number = -1;
        int reused = 0;
        for (int i = 0; i < 200; ++i) {
            Pair pair = unix_pair();
            if (pair.ours.get() == number) ++reused;
            number = pair.ours.get();
            TcpStream stream(std::move(pair.ours));
            EXPECT_FALSE(read_one(stream));
            Scope scope;
            bool is_ready = false;
            scope.spawn(
                +[](Stream& on, bool& to) -> Task<> {
                    auto ready = co_await on.ready(Stream::For::reading, long_enough);
                    to = ready.has_value();
                },
                stream, is_ready);
            EXPECT_TRUE(co_await yield());
            EXPECT_FALSE(is_ready) << "an event of the one before";
            tell(pair.theirs, "x");
            co_await scope.end();
            EXPECT_TRUE(is_ready);
            EXPECT_TRUE(read_one(stream));
        }
        EXPECT_GT(reused, 100);
    });
}

// More ready sources than one batch holds.
TEST(Reactor, a_thousand_at_once)
{
    run([]() -> Task<> {
        std::vector<Pair> pairs;
        std::vector<std::unique_ptr<TcpStream>> streams;
        int count = 0;
        Scope scope;
        for (int i = 0; i < 1'000; ++i) {
            pairs.push_back(unix_pair());
            streams.push_back(std::make_unique<TcpStream>(std::move(pairs.back().ours)));
            EXPECT_FALSE(read_one(*streams.back()));
            scope.spawn(
                +[](Stream& on, int& to) -> Task<> {
                    auto ready = co_await on.ready(Stream::For::reading, long_enough);
                    if (ready && read_one(on)) ++to;
                },
                *streams.back(), count);
        }
        for (auto& pair : pairs) tell(pair.theirs, "x");
        co_await scope.end();
        EXPECT_EQ(count, 1'000);
    });
}

TEST(Reactor, an_event_that_nobody_waited_for_is_remembered)
{
    run([]() -> Task<> {
        Pair pair = unix_pair();
        TcpStream stream(std::move(pair.ours));
        EXPECT_FALSE(read_one(stream));
        auto waited = co_await stream.ready(Stream::For::reading, 1ms);
        EXPECT_FALSE(waited);
        tell(pair.theirs, "x");
        EXPECT_FALSE(stream.is_ready(Stream::For::reading));
        EXPECT_TRUE(co_await sleep_for(1ms));
        EXPECT_TRUE(stream.is_ready(Stream::For::reading));
        auto ready = co_await stream.ready(Stream::For::reading, 0s);
        EXPECT_TRUE(ready);
    });
}

}  // namespace
}  // namespace cais::io
