#include "acme/session.h"

#include <gtest/gtest.h>

namespace cais::acme {
namespace {

using namespace std::chrono_literals;

struct Case {
    const char* name;
    const char* value;
    int want;  // seconds; -1: none
};

// The clock shows Tue, 14 Nov 2023 22:13:20 GMT.
constexpr Case cases[] = {
    {"seconds", "120", 120},
    {"zero", "0", 0},
    {"a_day", "86400", 86'400},
    {"never_more_than_a_day", "31536000", 86'400},
    {"a_date", "Tue, 14 Nov 2023 22:14:20 GMT", 60},
    {"a_date_that_has_passed", "Tue, 14 Nov 2023 22:12:20 GMT", 0},
    {"a_date_far_away", "Sat, 14 Nov 2043 22:14:20 GMT", 86'400},
    {"a_sign", "-5", -1},
    {"a_word", "soon", -1},
    {"a_fraction", "1.5", -1},
    {"empty", "", -1},
};

class Rfc9110RetryAfter : public testing::TestWithParam<Case> {};
TEST_P(Rfc9110RetryAfter, s10_2_3)
{
    const auto wait = parse_retry_after(GetParam().value, base::WallTime(1'700'000'000s));
    EXPECT_EQ(wait ? static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(*wait).count()) : -1,
              GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(, Rfc9110RetryAfter, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::acme
