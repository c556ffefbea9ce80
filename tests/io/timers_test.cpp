#include "io/timers.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace cais::io {
namespace {

using namespace std::chrono_literals;

constexpr base::Instant start_time{std::chrono::hours(100)};
// How late a timer may be: the grain of a loop's limits.
constexpr base::Duration grain = 2ms;

struct Expired {
    std::vector<TimerNode*> nodes;
    void operator()(TimerNode& node) { nodes.push_back(&node); }
};

std::vector<TimerNode*> expire(Timers& timers, base::Instant now)
{
    Expired expired;
    timers.expire(now, [&](TimerNode& node) { expired(node); });
    return expired.nodes;
}

TEST(Timers, none)
{
    Timers timers;
    EXPECT_EQ(timers.next(), base::never);
    EXPECT_TRUE(expire(timers, start_time).empty());
}

TEST(Timers, equal_limits_expire_in_order)
{
    Timers timers;
    std::vector<TimerNode> nodes(100);
    base::Instant now = start_time;
    for (auto& node : nodes) timers.start(node, 60s, now += 10ms);
    std::vector<TimerNode*> got;
    for (now = start_time + 60s; now < start_time + 62s; now += 1ms)
        for (TimerNode* node : expire(timers, now)) {
            EXPECT_LE(node->deadline, now);
            EXPECT_FALSE(node->is_linked());
            got.push_back(node);
        }
    ASSERT_EQ(got.size(), nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) EXPECT_EQ(got[i], &nodes[i]);
    EXPECT_EQ(timers.next(), base::never);
}

TEST(Timers, one_that_was_unlinked_does_not_expire)
{
    Timers timers;
    TimerNode kept;
    TimerNode gone;
    timers.start(gone, 10ms, start_time);
    timers.start(kept, 20ms, start_time);
    gone.unlink();
    EXPECT_TRUE(expire(timers, start_time + 19ms).empty());
    EXPECT_EQ(expire(timers, start_time + 20ms + grain), std::vector<TimerNode*>{&kept});
}

struct Limit {
    const char* name;
    base::Duration limit;
    base::Instant now;
};
constexpr Limit limits[] = {
    {"nothing", 0s, start_time},
    {"past", -5s, start_time},
    {"a_nanosecond", 1ns, start_time},
    {"a_millisecond", 1ms, start_time},
    {"an_hour", 1h, start_time},
    {"a_century", std::chrono::hours(24 * 36525), start_time},
    {"clock_at_zero", 10ms, base::Instant{}},
    {"nothing_at_zero", 0s, base::Instant{}},
    {"past_at_zero", -5s, base::Instant{}},
};
class TimersLimit : public testing::TestWithParam<Limit> {};
TEST_P(TimersLimit, is_kept_to_the_grain)
{
    const auto [name, limit, now] = GetParam();
    Timers timers;
    EXPECT_TRUE(expire(timers, now).empty());
    TimerNode node;
    timers.start(node, limit, now);
    // As a loop does: it waits until next(), and looks.
    base::Instant at = now;
    for (int i = 0; node.is_linked() && i < 20; ++i) {
        const base::Instant next = timers.next();
        ASSERT_NE(next, base::never);
        at = std::max(at, next);
        const auto got = expire(timers, at);
        if (!got.empty()) {
            EXPECT_GE(at, now + limit);
            EXPECT_LE(at, std::max(now, now + limit) + grain);
        }
    }
    EXPECT_FALSE(node.is_linked()) << "in a few steps";
}
INSTANTIATE_TEST_SUITE_P(, TimersLimit, testing::ValuesIn(limits), [](const auto& info) { return info.param.name; });

TEST(Timers, a_deadline_beyond_the_clock_is_never_reached)
{
    Timers timers;
    TimerNode node;
    timers.start(node, base::without_limit - 1ns, start_time);
    EXPECT_GT(timers.next(), start_time);
    EXPECT_TRUE(expire(timers, start_time + std::chrono::hours(24 * 36525)).empty());
    node.unlink();
    EXPECT_EQ(timers.next(), base::never);
}

TEST(Timers, an_expired_one_may_be_started_again_inside_the_call)
{
    Timers timers;
    TimerNode node;
    timers.start(node, 1ms, start_time);
    int count = 0;
    const base::Instant later = start_time + 10ms;
    timers.expire(later, [&](TimerNode& expired) {
        ++count;
        timers.start(expired, 1ms, later);
    });
    EXPECT_EQ(count, 1);
    timers.expire(later + 1ms + grain, [&](TimerNode&) { ++count; });
    EXPECT_EQ(count, 2);
}

// One that expires may take others with it: whoever was cancelled leaves the list that is being walked.
TEST(Timers, an_expired_one_may_unlink_others)
{
    Timers timers;
    std::vector<TimerNode> nodes(10);
    for (auto& node : nodes) timers.start(node, 5ms, start_time);
    int count = 0;
    timers.expire(start_time + 5ms + grain, [&](TimerNode&) {
        ++count;
        for (auto& node : nodes)
            if (node.is_linked()) node.unlink();
    });
    EXPECT_EQ(count, 1);
    EXPECT_EQ(timers.next(), base::never);
}

// Limits that are computed ("what is left of ten seconds") are all different. Against a plain list of deadlines.
TEST(Timers, many_different_limits_against_a_model)
{
    std::mt19937_64 random(1);
    Timers timers;
    std::vector<TimerNode> nodes(5'000);
    base::Instant now = start_time;
    std::size_t expired_count = 0;
    for (int step = 0; step < 4'000; ++step) {
        now += base::Duration(random() % 30'000'000);
        if (step % 500 == 499) now += 2min;
        timers.expire(now, [&](TimerNode& node) {
            ++expired_count;
            EXPECT_LE(node.deadline, now);
            EXPECT_FALSE(node.is_linked());
        });
        for (int i = 0; i < 20; ++i) {
            TimerNode& node = nodes[random() % nodes.size()];
            if (node.is_linked()) node.unlink();
            if (random() % 4 == 0) continue;
            const auto magnitude = random() % 38;
            timers.start(node, base::Duration(random() % (std::uint64_t{1} << magnitude)), now);
        }
        base::Instant earliest = base::never;
        for (const auto& node : nodes)
            if (node.is_linked()) earliest = std::min(earliest, node.deadline);
        if (earliest == base::never) {
            EXPECT_EQ(timers.next(), base::never);
            continue;
        }
        EXPECT_GT(earliest + grain, now) << "one that is due was left";
        EXPECT_LE(timers.next(), earliest + grain) << "the loop would oversleep";
    }
    EXPECT_GT(expired_count, 1'000u);
    for (auto& node : nodes)
        if (node.is_linked()) node.unlink();
}

// Ten thousand connections whose limits all differ cost each new one no more than the first.
TEST(Timers, a_hundred_thousand_different_limits)
{
    Timers timers;
    std::vector<TimerNode> nodes(100'000);
    base::Duration limit = 10s;
    for (auto& node : nodes) timers.start(node, limit += 1us, start_time);
    std::size_t count = 0;
    for (base::Instant now = start_time; now < start_time + 11s; now += 5ms) count += expire(timers, now).size();
    EXPECT_EQ(count, nodes.size());
}

}  // namespace
}  // namespace cais::io
