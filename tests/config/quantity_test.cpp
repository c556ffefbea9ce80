#include "config/quantity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace cais::config {
namespace {

using namespace std::chrono_literals;

TEST(Size, is_a_whole_number_and_a_binary_unit)
{
    constexpr struct {
        std::string_view text;
        std::uint64_t want;
    } cases[] = {
        {"0B", 0},
        {"1B", 1},
        {"64KiB", 65536},
        {"1MiB", 1048576},
        {"3GiB", 3221225472},
        {"007KiB", 7168},
        {"18446744073709551615B", UINT64_MAX},
        {"17179869183GiB", 17179869183u * (std::uint64_t{1} << 30)},
    };
    for (const auto& [text, want] : cases) {
        const auto got = parse_size(text);
        ASSERT_TRUE(got) << text << ": " << got.error().what;
        EXPECT_EQ(*got, want) << text;
    }
}

TEST(Duration, is_a_whole_number_and_a_unit)
{
    constexpr struct {
        std::string_view text;
        base::Duration want;
    } cases[] = {
        {"0s", 0s},
        {"1ms", 1ms},
        {"250ms", 250ms},
        {"30s", 30s},
        {"5m", 5min},
        {"12h", 12h},
        {"180d", 180 * 24h},
        {"106751d", 106751 * 24h},
        {"9223372036s", 9223372036s},
        {"9223372036854ms", 9223372036854ms},
    };
    for (const auto& [text, want] : cases) {
        const auto got = parse_duration(text);
        ASSERT_TRUE(got) << text << ": " << got.error().what;
        EXPECT_EQ(*got, want) << text;
    }
}

TEST(Quantity, is_written_in_the_largest_unit_that_fits)
{
    EXPECT_EQ(text_of_size(0), "0B");
    EXPECT_EQ(text_of_size(1000), "1000B");
    EXPECT_EQ(text_of_size(65536), "64KiB");
    EXPECT_EQ(text_of_size(std::uint64_t{3} << 30), "3GiB");
    EXPECT_EQ(text_of_duration(0s), "0ms");
    EXPECT_EQ(text_of_duration(1ns), "1ms");
    EXPECT_EQ(text_of_duration(1500ms), "1500ms");
    EXPECT_EQ(text_of_duration(90s), "90s");
    EXPECT_EQ(text_of_duration(1s), "1s");
    EXPECT_EQ(text_of_duration(60s), "60s");
    EXPECT_EQ(text_of_duration(120s), "2m");
    EXPECT_EQ(text_of_duration(180 * 24h), "180d");
}

struct Bad {
    std::string_view text;
    Error::Kind kind;
    const char* says;
};

TEST(Size, refused_with_a_reason_and_an_example)
{
    constexpr Bad cases[] = {
        {"", Error::malformed, "a whole number"},
        {"KiB", Error::malformed, "a whole number"},
        {"-1B", Error::malformed, "a whole number"},
        {"+1B", Error::malformed, "a whole number"},
        {" 1B", Error::malformed, "a whole number"},
        {".5MiB", Error::malformed, "a whole number"},
        {"64", Error::malformed, "needs a unit"},
        {"64 KiB", Error::malformed, "without a space"},
        {"1.5MiB", Error::malformed, "the unit of a size is"},
        {"64KB", Error::malformed, "the unit of a size is"},
        {"64K", Error::malformed, "the unit of a size is"},
        {"64kib", Error::malformed, "the unit of a size is"},
        {"64KiB ", Error::malformed, "the unit of a size is"},
        {"1e3B", Error::malformed, "the unit of a size is"},
        {"0x10B", Error::malformed, "the unit of a size is"},
        {"18446744073709551616B", Error::too_large, "below 16 EiB"},
        {"17179869184GiB", Error::too_large, "below 16 EiB"},
        {"99999999999999999999999GiB", Error::too_large, "below 16 EiB"},
    };
    for (const auto& [text, kind, says] : cases) {
        const auto got = parse_size(text);
        ASSERT_FALSE(got) << text;
        EXPECT_EQ(got.error().kind, kind) << text;
        EXPECT_THAT(got.error().what, testing::HasSubstr(says)) << text;
        EXPECT_THAT(got.error().what, testing::HasSubstr("64KiB")) << text;
    }
}

TEST(Duration, refused_with_a_reason_and_an_example)
{
    constexpr Bad cases[] = {
        {"", Error::malformed, "a whole number"},
        {"s", Error::malformed, "a whole number"},
        {"-5s", Error::malformed, "a whole number"},
        {"30", Error::malformed, "needs a unit"},
        {"30 s", Error::malformed, "without a space"},
        {"30S", Error::malformed, "the unit of a duration is"},
        {"30sec", Error::malformed, "the unit of a duration is"},
        {"1h30m", Error::malformed, "the unit of a duration is"},
        {"1w", Error::malformed, "the unit of a duration is"},
        {"106752d", Error::too_large, "below 292 years"},
        {"9223372037s", Error::too_large, "below 292 years"},
        {"18446744073709551617ms", Error::too_large, "below 292 years"},
    };
    for (const auto& [text, kind, says] : cases) {
        const auto got = parse_duration(text);
        ASSERT_FALSE(got) << text;
        EXPECT_EQ(got.error().kind, kind) << text;
        EXPECT_THAT(got.error().what, testing::HasSubstr(says)) << text;
        EXPECT_THAT(got.error().what, testing::HasSubstr("30s")) << text;
    }
}

}  // namespace
}  // namespace cais::config
