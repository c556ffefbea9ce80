#include "http/date.h"

#include <array>
#include <gtest/gtest.h>
#include <string>

namespace cais::http {
namespace {

using namespace std::chrono_literals;
namespace chrono = std::chrono;

constexpr base::Seconds now = chrono::sys_days(2026y / 3 / 14) + 12h;
constexpr base::Seconds example = chrono::sys_days(1994y / 11 / 6) + 8h + 49min + 37s;

std::string written(base::Seconds when)
{
    std::array<char, date_octets> text;
    return std::string(write_date(when, text));
}

TEST(Date, s5_6_7_written)
{
    EXPECT_EQ(written(example), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(written(base::Seconds(0s)), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(written(base::Seconds(-1s)), "Wed, 31 Dec 1969 23:59:59 GMT");
    EXPECT_EQ(written(chrono::sys_days(2024y / 2 / 29) + 23h + 59min + 59s), "Thu, 29 Feb 2024 23:59:59 GMT");
    EXPECT_EQ(written(base::Seconds(2147483648s)), "Tue, 19 Jan 2038 03:14:08 GMT");
}

TEST(Date, years_without_four_digits_are_clamped)
{
    EXPECT_EQ(written(base::Seconds::max()), "Fri, 31 Dec 9999 23:59:59 GMT");
    EXPECT_EQ(written(base::Seconds::min()), "Sat, 01 Jan 0000 00:00:00 GMT");
}

TEST(Date, what_is_written_is_read)
{
    // Every day of a leap year's end and beginning, and steps of a prime number of seconds over five centuries.
    for (auto when = chrono::sys_days(1700y / 1 / 1) + 0s; when < chrono::sys_days(2200y / 1 / 1); when += 1299709s)
        ASSERT_EQ(parse_date(written(when), now), when) << written(when);
}

struct Case {
    const char* name;
    const char* text;
    base::Seconds want;
};
// clang-format off
constexpr Case taken[] = {
    {"s5_6_7_imf_fixdate", "Sun, 06 Nov 1994 08:49:37 GMT", example},
    {"s5_6_7_rfc850", "Sunday, 06-Nov-94 08:49:37 GMT", example},
    {"s5_6_7_asctime", "Sun Nov  6 08:49:37 1994", example},
    {"s5_6_7_asctime_with_a_zero", "Sun Nov 06 08:49:37 1994", example},
    {"s5_6_7_asctime_two_digits", "Wed Nov 16 08:49:37 1994", chrono::sys_days(1994y / 11 / 16) + 8h + 49min + 37s},
    {"leap_day", "Tue, 29 Feb 2000 00:00:00 GMT", chrono::sys_days(2000y / 2 / 29)},
    {"leap_second", "Sat, 31 Dec 2016 23:59:60 GMT", chrono::sys_days(2016y / 12 / 31) + 23h + 59min + 59s},
    {"rfc850_near_future", "Friday, 01-Jan-27 00:00:00 GMT", chrono::sys_days(2027y / 1 / 1)},
    {"rfc850_49_years_ahead", "Tuesday, 01-Jan-75 00:00:00 GMT", chrono::sys_days(2075y / 1 / 1)},
    {"rfc850_just_under_50_years", "Saturday, 14-Mar-76 12:00:00 GMT", chrono::sys_days(2076y / 3 / 14) + 12h},
    {"rfc850_just_over_50_years", "Sunday, 14-Mar-76 12:00:01 GMT", chrono::sys_days(1976y / 3 / 14) + 12h + 1s},
    {"rfc850_51_years", "Saturday, 01-Jan-77 00:00:00 GMT", chrono::sys_days(1977y / 1 / 1)},
    {"rfc850_year_00", "Saturday, 01-Jan-00 00:00:00 GMT", chrono::sys_days(2000y / 1 / 1)},
};
// clang-format on
class Rfc9110Date : public testing::TestWithParam<Case> {};
TEST_P(Rfc9110Date, read) { EXPECT_EQ(parse_date(GetParam().text, now), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(, Rfc9110Date, testing::ValuesIn(taken), [](auto& info) { return info.param.name; });

TEST(Date, rfc850_year_follows_the_present)
{
    const base::Seconds later = chrono::sys_days(2099y / 6 / 1);
    EXPECT_EQ(parse_date("Thursday, 01-Jan-05 00:00:00 GMT", later), chrono::sys_days(2105y / 1 / 1));
    EXPECT_EQ(parse_date("Saturday, 01-Jan-05 00:00:00 GMT", later), std::nullopt);  // was one in 2005
}

TEST(Date, s5_6_7_refused)
{
    for (const char* bad :
         {"", "yesterday", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
          "Sun, 06 Nov 1994 08:49:37 gmt", "Sun, 06 Nov 1994 08:49:37 GMT ", " Sun, 06 Nov 1994 08:49:37 GMT",
          "sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 NOV 1994 08:49:37 GMT",
          "Sun, 6 Nov 1994 08:49:37 GMT", "Sun,  6 Nov 1994 08:49:37 GMT", "Sun 06 Nov 1994 08:49:37 GMT",
          "Sun, 06-Nov-1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT",
          "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 08:49:37 +0000", "1994-11-06T08:49:37Z", "784111777",
          // weekdays that are not the date's, or are none
          "Mon, 06 Nov 1994 08:49:37 GMT", "Xyz, 06 Nov 1994 08:49:37 GMT", "Monday, 06-Nov-94 08:49:37 GMT",
          "Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06 Nov 1994 08:49:37 GMT", "Mon Nov  6 08:49:37 1994",
          // days, hours, minutes, seconds that there are not
          "Sun, 00 Nov 1994 08:49:37 GMT", "Thu, 31 Nov 1994 08:49:37 GMT", "Wed, 29 Feb 1995 00:00:00 GMT",
          "Thu, 29 Feb 1900 00:00:00 GMT", "Sun, 06 Abc 1994 08:49:37 GMT", "Sun, 06 anF 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
          "Sun, 06 Nov 1994 08:49:60 GMT", "Sun, 06 Nov 1994 23:58:60 GMT", "Sun, 06 Nov 1994 -8:49:37 GMT",
          // asctime with something else
          "Sun Nov 6 08:49:37 1994", "Sun Nov  6 08:49:37 1994 GMT", "Sun Nov  6 08:49:37 94",
          "Sun Nov   08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT"})
        EXPECT_EQ(parse_date(bad, now), std::nullopt) << bad;
}

}  // namespace
}  // namespace cais::http
