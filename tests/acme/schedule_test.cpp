#include "acme/schedule.h"

#include <gtest/gtest.h>

namespace cais::acme {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr base::Seconds noon{1'700'000'000s};

Validity lasting(std::chrono::seconds lifetime) { return {noon, noon + lifetime}; }

struct Case {
    const char* name;
    std::chrono::seconds lifetime;
    std::chrono::seconds earliest, latest;  // of the renewal, after the start
    std::chrono::seconds first, last;       // waits after failures
};

constexpr Case cases[] = {
    {"two_minutes", 120s, 76s, 80s, 1s, 2s},
    {"six_days", days(6), 328'320s, 345'600s, 233s, 5703s},
    {"ninety_days", days(90), 4'924'800s, 5'184'000s, 3499s, 85'536s},
};

class AcmeSchedule : public testing::TestWithParam<Case> {};

TEST_P(AcmeSchedule, renews_at_two_thirds_or_a_little_earlier)
{
    const auto& given = GetParam();
    const Validity validity = lasting(given.lifetime);
    const base::WallTime start(noon);
    EXPECT_EQ(renewal_time(validity, 0), start + given.latest);
    EXPECT_GE(renewal_time(validity, 0.999), start + given.earliest);
    EXPECT_LT(renewal_time(validity, 0.5), start + given.latest);
}

TEST_P(AcmeSchedule, waits_are_fractions_of_the_lifetime)
{
    const auto& given = GetParam();
    base::Duration before{};
    base::Duration whole{};
    for (unsigned failures = 1; failures < 30; ++failures) {
        const auto wait = retry_wait(failures, given.lifetime, false, 0.5);
        EXPECT_GE(wait, before);
        EXPECT_GE(wait, 900ms);
        before = wait;
        if (whole < given.lifetime / 3) whole += wait;
        // Many tries before the end.
        if (failures == 10) EXPECT_LT(whole, given.lifetime / 3);
    }
    EXPECT_NEAR(std::chrono::duration<double>(retry_wait(1, given.lifetime, false, 0.5)).count(),
                static_cast<double>(std::max<std::chrono::seconds>(given.lifetime / 2000, 1s).count()), 1);
    EXPECT_LE(retry_wait(1000, given.lifetime, true, 0.999), given.last * 1.0 + 1s);
}

TEST_P(AcmeSchedule, information_is_asked_for_in_bounds)
{
    const base::Duration lifetime = GetParam().lifetime;
    EXPECT_GE(information_wait(lifetime, 0s), 1s);
    EXPECT_LE(information_wait(lifetime, days(400)), std::max<base::Duration>(lifetime / 10, 1s));
    EXPECT_EQ(information_wait(days(90), 6h), 6h);
    EXPECT_LE(longest_refusal(lifetime), std::max<base::Duration>(lifetime / 10, 1s));
}

INSTANTIATE_TEST_SUITE_P(, AcmeSchedule, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(Rfc9773Schedule, s4_2_somewhere_in_the_window)
{
    const Validity validity = lasting(days(90));
    const RenewalInfo info{noon + days(10), noon + days(12)};
    EXPECT_EQ(renewal_time(validity, info, 0), base::WallTime(noon + days(10)));
    EXPECT_EQ(renewal_time(validity, info, 0.5), base::WallTime(noon + days(11)));
    // A window that comes too late is not waited for.
    const RenewalInfo late{noon + days(100), noon + days(120)};
    EXPECT_LT(renewal_time(validity, late, 0.5), base::WallTime(validity.not_after));
    // Nor is one that has always passed obeyed without end.
    const RenewalInfo early{noon - days(10), noon - days(9)};
    EXPECT_GT(renewal_time(validity, early, 0.5), base::WallTime(noon + std::chrono::hours(20)));
    EXPECT_LT(renewal_time(validity, early, 0.5), base::WallTime(noon + std::chrono::hours(24)));
}

TEST(AcmeScheduleWithout, a_certificate)
{
    EXPECT_NEAR(std::chrono::duration<double>(retry_wait(1, std::nullopt, false, 0.5)).count(), 5, 0.1);
    EXPECT_NEAR(std::chrono::duration<double>(retry_wait(1, std::nullopt, true, 0.5)).count(), 60, 0.1);
    EXPECT_NEAR(std::chrono::duration<double>(retry_wait(4'000'000'000u, std::nullopt, true, 0.5)).count(), 1800, 1);
    EXPECT_LT(retry_wait(3, std::nullopt, false, 0), retry_wait(3, std::nullopt, false, 0.9));
    EXPECT_EQ(longest_refusal(std::nullopt), 24h);
}

}  // namespace
}  // namespace cais::acme
