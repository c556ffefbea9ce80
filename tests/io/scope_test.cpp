#include "io/scope.h"
#include "running.h"

#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace cais::io {
namespace {

// Sleeps as long as it may and says how that ended.
Task<void> sleeper(std::string& log, char name)
{
    log += name;
    const bool slept = co_await sleep_for(long_enough);
    log += slept ? '!' : static_cast<char>(name - 'a' + 'A');
}

Task<void> take(std::unique_ptr<int> value, std::string& log)
{
    const bool goes_on = co_await yield();
    EXPECT_TRUE(goes_on);
    log += std::to_string(*value);
}

Task<void> fails_after_yields(int yields, const char* what)
{
    for (int i = 0; i < yields; ++i) {
        const bool goes_on = co_await yield();
        if (!goes_on) co_return;
    }
    throw std::runtime_error(what);
}

class Counter {
public:
    Task<void> add(int what)
    {
        const bool goes_on = co_await yield();
        EXPECT_TRUE(goes_on);
        sum += what;
    }
    int sum = 0;
};

TEST(Scope, spawn_runs_to_the_first_wait)
{
    run([]() -> Task<> {
        std::string log;
        Scope scope;
        scope.spawn(sleeper, log, 'a');
        scope.spawn(sleeper, log, 'b');
        EXPECT_EQ(log, "ab");
        EXPECT_EQ(scope.size(), 2u);
        scope.cancel();
        co_await scope.end();
        EXPECT_TRUE(scope.is_empty());
    });
}

TEST(Scope, spawn_moves_values_and_keeps_references)
{
    run([]() -> Task<> {
        std::string log;
        Counter counter;
        Scope scope;
        scope.spawn(take, std::make_unique<int>(42), log);
        scope.spawn(&Counter::add, counter, 7);
        co_await scope.end();
        EXPECT_EQ(log, "42");
        EXPECT_EQ(counter.sum, 7);
    });
}

// A temporary that a parameter would refer to after spawn has returned does not compile.
template <class Parameter, class... Arguments>
concept can_spawn = requires(Scope scope, Task<void> (*function)(Parameter), Arguments&&... arguments) {
    scope.spawn(function, std::forward<Arguments>(arguments)...);
};
static_assert(can_spawn<std::string, std::string>);
static_assert(can_spawn<std::string, const char*>);
static_assert(can_spawn<const std::string&, std::string&>);
static_assert(can_spawn<std::string&, std::reference_wrapper<std::string>>);
static_assert(can_spawn<Stream&, TcpStream&>);
static_assert(!can_spawn<const std::string&, std::string>);
static_assert(!can_spawn<const std::string&, const char*&>);
static_assert(!can_spawn<std::string&&, std::string>);

TEST(Scope, a_task_that_never_waits_has_ended_when_spawn_returns)
{
    run([]() -> Task<> {
        int count = 0;
        Scope scope;
        scope.spawn(
            +[](int& to) -> Task<> {
                ++to;
                co_return;
            },
            count);
        EXPECT_EQ(count, 1);
        EXPECT_TRUE(scope.is_empty());
        co_await scope.end();
    });
}

TEST(Scope, end_waits_for_all)
{
    run([]() -> Task<> {
        int ended = 0;
        Scope scope;
        for (int i = 0; i < 100; ++i) {
            scope.spawn(
                +[](int turns, int& to) -> Task<> {
                    for (int turn = 0; turn < turns; ++turn) {
                        const bool goes_on = co_await yield();
                        EXPECT_TRUE(goes_on);
                    }
                    ++to;
                },
                i % 7, ended);
        }
        co_await scope.end();
        EXPECT_EQ(ended, 100);
    });
}

TEST(Scope, cancel_resumes_nothing_inside_the_call)
{
    run([]() -> Task<> {
        std::string log;
        Scope scope;
        scope.spawn(sleeper, log, 'a');
        scope.spawn(sleeper, log, 'b');
        scope.cancel();
        scope.cancel();  // a second time changes nothing
        EXPECT_EQ(log, "ab");
        co_await scope.end();
        EXPECT_EQ(log.size(), 4u);
        EXPECT_NE(log.find('A'), std::string::npos);
        EXPECT_NE(log.find('B'), std::string::npos);
    });
}

TEST(Scope, every_later_wait_of_a_cancelled_task_is_cancelled_at_once)
{
    run([]() -> Task<> {
        int cancelled = 0;
        Scope scope;
        scope.spawn(
            +[](int& count) -> Task<> {
                Event event;
                for (int i = 0; i < 3; ++i) {
                    const bool slept = co_await sleep_for(long_enough);
                    if (!slept) ++count;
                    auto waited = co_await event.wait(long_enough);
                    if (!waited && waited.error().kind == Error::cancelled) ++count;
                    const bool goes_on = co_await yield();
                    if (!goes_on) ++count;
                }
            },
            cancelled);
        scope.cancel();
        co_await scope.end();
        EXPECT_EQ(cancelled, 9);
    });
}

TEST(Scope, cancel_reaches_a_wait_inside_awaited_tasks)
{
    run([]() -> Task<> {
        std::string log;
        Scope scope;
        scope.spawn(
            +[](std::string& to) -> Task<> {
                co_await sleeper(to, 'a');
                to += '.';
            },
            log);
        scope.cancel();
        co_await scope.end();
        EXPECT_EQ(log, "aA.");
    });
}

// A task that is cancelled while it waits for a scope of its own cancels that one, and still waits for its end.
TEST(Scope, a_cancelled_end_cancels_its_tasks_and_waits_for_them)
{
    run([]() -> Task<> {
        std::string log;
        Scope outer;
        outer.spawn(
            +[](std::string& to) -> Task<> {
                Scope inner;
                inner.spawn(sleeper, to, 'a');
                inner.spawn(sleeper, to, 'b');
                co_await inner.end();
                to += '.';
                const bool slept = co_await sleep_for(long_enough);
                if (!slept) to += 'x';
            },
            log);
        EXPECT_EQ(log, "ab");
        outer.cancel();
        EXPECT_EQ(log, "ab");
        co_await outer.end();
        EXPECT_EQ(log.substr(4), ".x");
    });
}

TEST(Scope, a_task_cancelled_before_it_waits_for_its_scope_still_waits)
{
    run([]() -> Task<> {
        std::string log;
        Event go;
        Scope outer;
        outer.spawn(
            +[](std::string& to, Event& event) -> Task<> {
                auto waited = co_await event.wait(long_enough);
                EXPECT_FALSE(waited);
                Scope inner;
                inner.spawn(sleeper, to, 'a');  // spawned by a cancelled task
                co_await inner.end();
                to += '.';
            },
            log, go);
        outer.cancel();
        co_await outer.end();
        EXPECT_EQ(log, "aA.");
    });
}

TEST(Scope, what_a_cancelled_task_spawns_beside_itself_is_cancelled_too)
{
    run([]() -> Task<> {
        std::string log;
        Scope scope;
        scope.spawn(
            +[](Scope& beside, std::string& to) -> Task<> {
                const bool slept = co_await sleep_for(long_enough);
                EXPECT_FALSE(slept);
                beside.spawn(sleeper, to, 'b');
            },
            scope, log);
        scope.cancel();
        co_await scope.end();
        EXPECT_EQ(log, "bB");

        // Once it was empty it is as new.
        bool goes_on = false;
        scope.spawn(+[](bool& to) -> Task<> { to = co_await yield(); }, goes_on);
        co_await scope.end();
        EXPECT_TRUE(goes_on);
    });
}

// The task cancels its own scope on its way to the first wait, inside spawn.
TEST(Scope, cancel_during_spawn)
{
    run([]() -> Task<> {
        std::string log;
        Scope scope;
        scope.spawn(sleeper, log, 'a');
        scope.spawn(
            +[](Scope& own, std::string& to) -> Task<> {
                own.cancel();
                to += 'c';
                const bool slept = co_await sleep_for(long_enough);
                to += slept ? '!' : 'C';
            },
            scope, log);
        EXPECT_EQ(log, "acC");
        co_await scope.end();
        EXPECT_EQ(log, "acCA");
    });
}

TEST(Scope, spawn_from_within_a_task)
{
    struct Grower {
        static Task<void> grow(Scope& scope, int depth, int& count)
        {
            ++count;
            if (depth > 0) {
                scope.spawn(grow, scope, depth - 1, count);
                const bool goes_on = co_await yield();
                EXPECT_TRUE(goes_on);
                scope.spawn(grow, scope, depth - 1, count);
            }
        }
    };
    run([]() -> Task<> {
        int count = 0;
        Scope scope;
        scope.spawn(Grower::grow, scope, 9, count);
        co_await scope.end();
        EXPECT_EQ(count, 1023);
    });
}

TEST(Scope, end_throws_what_the_first_failed_task_threw)
{
    run([]() -> Task<> {
        Scope scope;
        std::string log;
        scope.spawn(fails_after_yields, 3, "late");
        scope.spawn(fails_after_yields, 1, "early");
        scope.spawn(fails_after_yields, 2, "middle");
        std::string what;
        try {
            co_await scope.end();
        } catch (const std::runtime_error& error) {
            what = error.what();
        }
        EXPECT_EQ(what, "early");
        EXPECT_TRUE(scope.is_empty());
        co_await scope.end();  // it was said once
    });
}

TEST(Scope, a_task_that_throws_inside_spawn_is_told_at_end)
{
    run([]() -> Task<> {
        Scope scope;
        scope.spawn(fails_after_yields, 0, "at once");
        bool caught = false;
        try {
            co_await scope.end();
        } catch (const std::runtime_error&) {
            caught = true;
        }
        EXPECT_TRUE(caught);
    });
}

TEST(Scope, a_failed_task_does_not_cancel_the_others)
{
    run([]() -> Task<> {
        Scope scope;
        int ended = 0;
        scope.spawn(fails_after_yields, 1, "early");
        scope.spawn(
            +[](int& to) -> Task<> {
                for (int i = 0; i < 5; ++i) {
                    const bool goes_on = co_await yield();
                    if (goes_on) ++to;
                }
            },
            ended);
        EXPECT_THROW(co_await scope.end(), std::runtime_error);
        EXPECT_EQ(ended, 5);
    });
}

TEST(Scope, cancel_resting_touches_only_those_that_rest)
{
    const auto wait = +[](Stream& stream, Stream::Ready::Rest rest, std::string& log, char name) -> Task<> {
        auto ready = co_await Stream::Ready(stream, Stream::For::reading, long_enough, rest);
        log += ready ? name : static_cast<char>(name - 'a' + 'A');
        // The rest of its life is not touched.
        const bool goes_on = co_await yield();
        EXPECT_TRUE(goes_on);
    };
    run(
        [](auto waiter) -> Task<> {
            std::string log;
            Pair first = unix_pair();
            Pair second = unix_pair();
            TcpStream resting(std::move(first.ours));
            TcpStream working(std::move(second.ours));
            char octet = 0;
            EXPECT_EQ(resting.try_read({&octet, 1}).state, Progress::blocked);
            EXPECT_EQ(working.try_read({&octet, 1}).state, Progress::blocked);
            Scope scope;
            scope.spawn(waiter, resting, Stream::Ready::Rest::yes, log, 'a');
            scope.spawn(waiter, working, Stream::Ready::Rest::no, log, 'b');
            scope.cancel_resting();
            EXPECT_EQ(log, "");
            const bool goes_on = co_await yield();
            EXPECT_TRUE(goes_on);
            EXPECT_EQ(log, "A");
            tell(second.theirs, "x");
            co_await scope.end();
            EXPECT_EQ(log, "Ab");
        },
        wait);
}

TEST(Scope, with_scope_ends_it_on_every_path)
{
    const auto body = +[](Scope& scope, std::string& log, bool breaks) -> Task<> {
        scope.spawn(sleeper, log, 'a');
        if (breaks) throw std::runtime_error("body");
        scope.cancel();
        co_return;
    };
    run(
        [](auto function) -> Task<> {
            std::string log;
            co_await with_scope(function, std::ref(log), false);
            EXPECT_EQ(log, "aA");
            log.clear();
            EXPECT_THROW(co_await with_scope(function, std::ref(log), true), std::runtime_error);
            EXPECT_EQ(log, "aA");
        },
        body);
}

TEST(Scope, with_scope_throws_what_its_own_function_threw)
{
    const auto body = +[](Scope& scope) -> Task<> {
        scope.spawn(+[]() -> Task<> {
            const bool slept = co_await sleep_for(long_enough);
            EXPECT_FALSE(slept);
            throw std::runtime_error("child");
        });
        throw std::runtime_error("body");
        co_return;
    };
    run(
        [](auto function) -> Task<> {
            std::string what;
            try {
                co_await with_scope(function);
            } catch (const std::runtime_error& error) {
                what = error.what();
            }
            EXPECT_EQ(what, "body");
        },
        body);
}

// What a spawned function took by value may, when it goes, touch the scope that it was spawned in.
TEST(Scope, a_parameter_that_goes_may_cancel_or_spawn)
{
    struct Last {
        Scope* scope;
        std::string* log;
        Last(Scope& of, std::string& to)
            : scope(&of)
            , log(&to)
        {
        }
        Last(Last&& other) noexcept
            : scope(std::exchange(other.scope, nullptr))
            , log(other.log)
        {
        }
        ~Last()
        {
            if (scope == nullptr) return;
            scope->spawn(sleeper, *log, 'z');
            scope->cancel();
        }
    };
    run([]() -> Task<> {
        std::string log;
        Scope scope;
        scope.spawn(
            +[](Last) -> Task<> {
                const bool goes_on = co_await yield();
                EXPECT_TRUE(goes_on);
            },
            Last(scope, log));
        co_await scope.end();
        EXPECT_EQ(log, "zZ");
    });
}

TEST(Scope, ten_thousand_tasks_cancelled_at_once)
{
    run([]() -> Task<> {
        std::string log;
        Scope scope;
        for (int i = 0; i < 10'000; ++i) scope.spawn(sleeper, log, 'a');
        scope.cancel();
        co_await scope.end();
        EXPECT_EQ(log.size(), 20'000u);
    });
}

}  // namespace
}  // namespace cais::io
