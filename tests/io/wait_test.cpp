#include "io/scope.h"
#include "io/wait.h"
#include "running.h"

#include <string>
#include <vector>

namespace cais::io {
namespace {

const char* name_of(const Result<void>& result)
{
    if (result) return "ready";
    return result.error().kind == Error::timed_out   ? "timed out"
           : result.error().kind == Error::cancelled ? "cancelled"
                                                     : "?";
}

Task<void> wait_twice(Event& event, base::Duration limit, std::string& first, std::string& second)
{
    auto once = co_await event.wait(limit);
    first = name_of(once);
    event.clear();
    auto twice = co_await event.wait(limit);
    second = name_of(twice);
}

TEST(Wait, ends_as_ready)
{
    run([]() -> Task<> {
        Event event;
        std::string first, second;
        Scope scope;
        scope.spawn(wait_twice, event, long_enough, first, second);
        event.set();
        EXPECT_EQ(first, "") << "nothing is resumed inside the call";
        while (first.empty()) EXPECT_TRUE(co_await yield());
        event.set();
        co_await scope.end();
        EXPECT_EQ(first, "ready");
        EXPECT_EQ(second, "ready");
    });
}

TEST(Wait, ends_at_its_limit_and_not_before)
{
    run([]() -> Task<> {
        Event event;
        for (const base::Duration limit :
             {base::Duration(3ms), base::Duration(1us), base::Duration(0), base::Duration(-1s)}) {
            const base::Instant began = Loop::current()->now();
            auto waited = co_await event.wait(limit);
            EXPECT_STREQ(name_of(waited), "timed out");
            EXPECT_GE(Loop::current()->now() - began, limit);
        }
        event.set();
        auto waited = co_await event.wait(1ms);
        EXPECT_STREQ(name_of(waited), "ready") << "what timed out left nothing behind";
    });
}

TEST(Wait, ends_as_cancelled)
{
    run([]() -> Task<> {
        Event event;
        std::string first, second;
        Scope scope;
        scope.spawn(wait_twice, event, base::without_limit, first, second);
        scope.cancel();
        event.set();  // too late: the wait has ended
        co_await scope.end();
        EXPECT_EQ(first, "cancelled");
        EXPECT_EQ(second, "cancelled");
    });
}

// A wait ends once. It was completed, its coroutine has not gone on, then its task is cancelled: what it waited for has
// happened, and the next wait is the cancelled one.
TEST(Wait, completed_and_then_cancelled_is_ready)
{
    run([]() -> Task<> {
        Event event;
        std::string first, second;
        Scope scope;
        scope.spawn(wait_twice, event, long_enough, first, second);
        event.set();
        scope.cancel();
        co_await scope.end();
        EXPECT_EQ(first, "ready");
        EXPECT_EQ(second, "cancelled");
    });
}

// The limit passes between the completion and the moment when the coroutine goes on.
TEST(Wait, completed_and_then_late_is_ready)
{
    run([]() -> Task<> {
        Event event;
        std::string first, second;
        Scope scope;
        scope.spawn(wait_twice, event, 5ms, first, second);
        event.set();
        const base::Instant until = base::now() + 10ms;
        while (base::now() < until) {
        }
        co_await scope.end();
        EXPECT_EQ(first, "ready");
        EXPECT_EQ(second, "timed out");
    });
}

TEST(Wait, a_task_cancelled_while_it_yields_hears_of_it)
{
    run([]() -> Task<> {
        bool goes_on = true;
        Scope scope;
        scope.spawn(+[](bool& to) -> Task<> { to = co_await yield(); }, goes_on);
        scope.cancel();
        co_await scope.end();
        EXPECT_FALSE(goes_on);
    });
}

struct Huge {
    const char* name;
    base::Duration limit;
};
constexpr Huge huge[] = {
    {"without_limit", base::without_limit},
    {"one_less", base::without_limit - base::Duration(1)},
    {"two_hundred_years", std::chrono::hours(24 * 365 * 200)},
};
class WaitLimit : public testing::TestWithParam<Huge> {};
TEST_P(WaitLimit, so_long_that_now_and_it_overflow)
{
    run(
        [](base::Duration limit) -> Task<> {
            bool slept = true;
            Scope scope;
            scope.spawn(
                +[](base::Duration until, bool& to) -> Task<> { to = co_await sleep_for(until); }, limit, slept);
            const bool waited = co_await sleep_for(5ms);
            EXPECT_TRUE(waited);
            EXPECT_EQ(scope.size(), 1u) << "it has not ended at once";
            scope.cancel();
            co_await scope.end();
            EXPECT_FALSE(slept);
        },
        GetParam().limit);
}
INSTANTIATE_TEST_SUITE_P(, WaitLimit, testing::ValuesIn(huge), [](const auto& info) { return info.param.name; });

TEST(Event, several_wait_for_it)
{
    run([]() -> Task<> {
        Event event;
        std::vector<std::string> ends(4);
        const auto wait = +[](Event& on, base::Duration limit, std::string& end) -> Task<> {
            auto waited = co_await on.wait(limit);
            end = name_of(waited);
        };
        Scope scope;
        Scope other;
        scope.spawn(wait, event, long_enough, ends[0]);
        scope.spawn(wait, event, 1ms, ends[1]);
        other.spawn(wait, event, long_enough, ends[2]);
        scope.spawn(wait, event, long_enough, ends[3]);
        while (ends[1].empty()) EXPECT_TRUE(co_await sleep_for(1ms));
        other.cancel();
        event.set();
        co_await scope.end();
        co_await other.end();
        EXPECT_EQ(ends, (std::vector<std::string>{"ready", "timed out", "cancelled", "ready"}));
    });
}

TEST(Event, stays_set_until_it_is_cleared)
{
    run([]() -> Task<> {
        Event event;
        event.set();
        event.set();
        for (int i = 0; i < 2; ++i) {
            auto waited = co_await event.wait(0s);
            EXPECT_STREQ(name_of(waited), "ready");
        }
        event.clear();
        auto waited = co_await event.wait(0s);
        EXPECT_STREQ(name_of(waited), "timed out");
    });
}

}  // namespace
}  // namespace cais::io
