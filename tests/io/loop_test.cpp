#include "io/loop.h"
#include "io/scope.h"
#include "running.h"

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sys/time.h>

namespace cais::io {
namespace {

TEST(Loop, runs_what_is_ready_in_order)
{
    run([]() -> Task<> {
        std::string log;
        Scope scope;
        for (char name = 'a'; name <= 'e'; ++name)
            scope.spawn(
                +[](std::string& to, char what) -> Task<> {
                    for (int i = 0; i < 2; ++i) {
                        const bool goes_on = co_await yield();
                        EXPECT_TRUE(goes_on);
                        to += what;
                    }
                },
                log, name);
        co_await scope.end();
        EXPECT_EQ(log, "abcdeabcde");
    });
}

// Who yields for ever does not keep events and timers away.
TEST(Loop, looks_at_timers_between_yields)
{
    run([]() -> Task<> {
        bool is_over = false;
        Scope scope;
        scope.spawn(
            +[](bool& over) -> Task<> {
                while (!over) {
                    const bool goes_on = co_await yield();
                    EXPECT_TRUE(goes_on);
                }
            },
            is_over);
        const bool slept = co_await sleep_for(2ms);
        EXPECT_TRUE(slept);
        is_over = true;
        co_await scope.end();
    });
}

TEST(Loop, time_stands_still_within_a_turn)
{
    run([]() -> Task<> {
        Loop& loop = *Loop::current();
        const std::uint64_t turn = loop.turn();
        const base::Instant now = loop.now();
        const base::WallTime wall = loop.wall_now();
        const base::Instant until = base::now() + 2ms;
        while (base::now() < until) {
        }
        EXPECT_EQ(loop.now(), now);
        EXPECT_EQ(loop.wall_now(), wall);
        EXPECT_EQ(loop.turn(), turn);
        const bool slept = co_await sleep_for(1ms);
        EXPECT_TRUE(slept);
        EXPECT_GT(loop.now(), now);
        EXPECT_GT(loop.turn(), turn);
        EXPECT_GT(loop.wall_now(), wall);
        EXPECT_LT(std::chrono::abs(base::wall_now() - loop.wall_now()), 10s);
    });
}

TEST(Loop, post_wakes_it)
{
    Loop loop;
    Event event;
    std::thread other;
    loop.run([](Event& on, std::thread& thread) -> Task<> {
        Loop* here = Loop::current();
        thread = std::thread([here, &on] { here->post([&on] { on.set(); }); });
        auto waited = co_await on.wait(long_enough);
        EXPECT_TRUE(waited);
    }(event, other));
    other.join();
}

TEST(Loop, post_from_the_loop_itself_runs_in_a_later_turn)
{
    run([]() -> Task<> {
        Loop& loop = *Loop::current();
        Event event;
        const std::uint64_t turn = loop.turn();
        loop.post([&event] { event.set(); });
        EXPECT_FALSE(event.is_set());
        auto waited = co_await event.wait(long_enough);
        EXPECT_TRUE(waited);
        EXPECT_GT(loop.turn(), turn);
    });
}

TEST(Loop, what_is_posted_before_run_is_done_by_it_and_by_the_next)
{
    Loop loop;
    int count = 0;
    for (int round = 1; round <= 3; ++round) {
        Event event;
        loop.post([&count] { ++count; });
        loop.post([&] {
            ++count;
            event.set();
        });
        loop.run([](Event& on) -> Task<> {
            auto waited = co_await on.wait(long_enough);
            EXPECT_TRUE(waited);
        }(event));
        EXPECT_EQ(count, 2 * round);
    }
}

TEST(Loop, a_million_posts_from_four_threads)
{
    constexpr int each = 250'000;
    Loop loop;
    Event all;
    int count = 0;  // only the loop's thread touches it
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < each; ++i)
                loop.post([&] {
                    if (++count == 4 * each) all.set();
                });
        });
    loop.run([](Event& on) -> Task<> {
        auto waited = co_await on.wait(long_enough);
        EXPECT_TRUE(waited);
    }(all));
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(count, 4 * each);
}

TEST(Loop, a_posted_function_may_post)
{
    run([]() -> Task<> {
        struct Chain {
            static void link(Loop& loop, int left, Event& end)
            {
                if (left == 0) end.set();
                else loop.post([&loop, left, &end] { link(loop, left - 1, end); });
            }
        };
        Event end;
        Chain::link(*Loop::current(), 1'000, end);
        auto waited = co_await end.wait(long_enough);
        EXPECT_TRUE(waited);
    });
}

TEST(Loop, what_is_posted_after_its_end_goes_with_it)
{
    auto held = std::make_shared<int>(1);
    bool ran = false;
    {
        Loop loop;
        loop.run([]() -> Task<> { co_return; }());
        loop.post([held, &ran] { ran = true; });
        EXPECT_EQ(held.use_count(), 2);
    }
    EXPECT_FALSE(ran);
    EXPECT_EQ(held.use_count(), 1);
}

// A server's workers run on their threads and are destroyed by who made them.
TEST(Loop, runs_on_one_thread_and_is_destroyed_on_another)
{
    Pair pair = unix_pair();
    auto loop = std::make_unique<Loop>();
    auto stream = std::make_unique<TcpStream>(std::move(pair.ours));
    std::thread([&] {
        loop->run([](Stream& on) -> Task<> {
            char octet = 0;
            EXPECT_EQ(on.try_read({&octet, 1}).state, Progress::blocked);
            auto ready = co_await on.ready(Stream::For::reading, 1ms);
            EXPECT_FALSE(ready);
        }(*stream));
    }).join();
    loop->post([held = Descriptor(::dup(pair.theirs.get()))] {});
    loop.reset();
    EXPECT_EQ(Loop::current(), nullptr);
    stream.reset();  // it had joined the loop's epoll
}

TEST(Loop, a_source_may_close_after_its_loop_has_stopped)
{
    Pair pair = unix_pair();
    TcpStream stream(std::move(pair.ours));
    Loop loop;
    const auto wait = [](Stream& on) -> Task<> {
        char octet = 0;
        EXPECT_EQ(on.try_read({&octet, 1}).state, Progress::blocked);
        auto ready = co_await on.ready(Stream::For::reading, 1ms);
        EXPECT_FALSE(ready);
    };
    loop.run(wait(stream));
    stream.close();
    loop.run([]() -> Task<> {
        const bool slept = co_await sleep_for(1ms);
        EXPECT_TRUE(slept);
    }());
}

TEST(Loop, one_within_another)
{
    run([]() -> Task<> {
        Loop* const outer = Loop::current();
        Loop inner;
        inner.run([](Loop& own, Loop* around) -> Task<> {
            EXPECT_EQ(Loop::current(), &own);
            EXPECT_NE(Loop::current(), around);
            const bool slept = co_await sleep_for(1ms);
            EXPECT_TRUE(slept);
        }(inner, outer));
        EXPECT_EQ(Loop::current(), outer);
        EXPECT_THROW(inner.run([]() -> Task<> {
            throw std::runtime_error("inner");
            co_return;
        }()),
                     std::runtime_error);
        EXPECT_EQ(Loop::current(), outer);
        const bool slept = co_await sleep_for(1ms);
        EXPECT_TRUE(slept);
    });
    EXPECT_EQ(Loop::current(), nullptr);
}

struct Hook final : TurnEnd {
    std::string* log = nullptr;
    char name = '?';
    Hook* removes = nullptr;
    Hook* queues = nullptr;
    ~Hook() override
    {
        if (is_queued()) Loop::current()->not_at_turn_end(*this);
    }
    void turn_ended() noexcept override
    {
        *log += name;
        if (removes != nullptr) Loop::current()->not_at_turn_end(*removes);
        if (queues != nullptr) Loop::current()->at_turn_end(*queues);
    }
};

TEST(TurnEnd, is_called_once_at_the_end_of_the_turn)
{
    run([]() -> Task<> {
        std::string log;
        Hook hook;
        hook.log = &log;
        hook.name = 'a';
        Loop& loop = *Loop::current();
        loop.at_turn_end(hook);
        loop.at_turn_end(hook);
        EXPECT_TRUE(hook.is_queued());
        EXPECT_EQ(log, "");
        EXPECT_TRUE(co_await sleep_for(1ms));
        EXPECT_EQ(log, "a");
        EXPECT_FALSE(hook.is_queued());
    });
}

TEST(TurnEnd, removes_itself_and_others)
{
    run([]() -> Task<> {
        std::string log;
        Hook hooks[4];
        for (int i = 0; i < 4; ++i) {
            hooks[i].log = &log;
            hooks[i].name = static_cast<char>('a' + i);
        }
        Loop& loop = *Loop::current();
        for (auto& hook : hooks) loop.at_turn_end(hook);
        // Whichever of the two comes first takes the other away.
        hooks[1].removes = &hooks[2];
        hooks[2].removes = &hooks[1];
        hooks[3].removes = &hooks[3];
        EXPECT_TRUE(co_await sleep_for(1ms));
        EXPECT_EQ(log.size(), 3u);
        EXPECT_NE(log.contains('b'), log.contains('c'));
        loop.not_at_turn_end(hooks[0]);  // not queued: nothing
        loop.at_turn_end(hooks[0]);
        loop.not_at_turn_end(hooks[0]);
        EXPECT_TRUE(co_await sleep_for(1ms));
        EXPECT_EQ(log.size(), 3u);
    });
}

// What a hook queues is called at the end of the next turn, which comes at once; the loop does not spin in one turn.
TEST(TurnEnd, queues_itself_and_others)
{
    run([]() -> Task<> {
        std::string log;
        Hook again;
        Hook other;
        again.log = other.log = &log;
        again.name = 'a';
        other.name = 'b';
        again.queues = &again;
        Loop& loop = *Loop::current();
        loop.at_turn_end(again);
        const bool slept = co_await sleep_for(2ms);
        EXPECT_TRUE(slept);
        EXPECT_GE(log.size(), 2u);
        again.queues = &other;
        log.clear();
        const base::Instant began = loop.now();
        while (!log.contains('b') && loop.now() - began < long_enough) EXPECT_TRUE(co_await sleep_for(1ms));
        EXPECT_EQ(log, "ab");
    });
}

TEST(Loop, a_signal_handler_interrupts_nothing)
{
    struct sigaction before{};
    struct sigaction action{};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, &before);
    const itimerval often{{0, 500}, {0, 500}};
    ::setitimer(ITIMER_REAL, &often, nullptr);
    run([]() -> Task<> {
        const base::Instant began = base::now();
        const bool slept = co_await sleep_for(20ms);
        EXPECT_TRUE(slept);
        EXPECT_GE(base::now() - began, 20ms);
    });
    const itimerval off{};
    ::setitimer(ITIMER_REAL, &off, nullptr);
    ::sigaction(SIGALRM, &before, nullptr);
}

}  // namespace
}  // namespace cais::io
