#include "trace/trace_parent.h"

#include <gtest/gtest.h>
#include <set>

namespace cais::trace {
namespace {

struct Case {
    const char* name;
    const char* text;
    bool is_valid;
};
constexpr Case cases[] = {
    {"s3_2_2_5_an_example", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true},
    {"s3_2_2_5_not_sampled", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", true},
    {"s3_2_2_5_other_flags_are_ignored", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe", true},
    {"s3_2_2_1_version_ff", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
    {"s3_2_2_3_no_trace", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", false},
    {"s3_2_2_4_no_parent", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false},
    {"s3_2_1_upper_case", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false},
    {"s3_2_1_upper_case_flags", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0A", false},
    {"s3_2_1_no_digit", "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01", false},
    {"s3_2_1_another_separator", "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
    {"s3_2_version_00_with_more", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x", false},
    {"s3_2_version_00_with_a_dash", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-", false},
    {"s3_2_4_a_later_version", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true},
    {"s3_2_4_a_later_version_with_more", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what", true},
    {"s3_2_4_a_later_version_without_dash", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01what", false},
    {"cut", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0", false},
    {"spaces", " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
    {"empty", "", false},
};
class W3cTraceContext : public testing::TestWithParam<Case> {};
TEST_P(W3cTraceContext, parse) { EXPECT_EQ(TraceParent::parse(GetParam().text).has_value(), GetParam().is_valid); }
INSTANTIATE_TEST_SUITE_P(, W3cTraceContext, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(TraceParent, what_we_write_we_read)
{
    const char* const text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    EXPECT_EQ(TraceParent::parse(text)->text(), text);
    std::set<std::string> texts;
    for (int i = 0; i < 100; ++i) {
        const auto made = TraceParent::make();
        ASSERT_TRUE(made);
        EXPECT_TRUE(made->is_sampled);
        EXPECT_EQ(TraceParent::parse(made->text()), *made);
        texts.insert(made->text());
        const auto next = made->next();
        ASSERT_TRUE(next);
        EXPECT_EQ(next->trace, made->trace);
        EXPECT_NE(next->parent, made->parent);
    }
    EXPECT_EQ(texts.size(), 100u);
}

}  // namespace
}  // namespace cais::trace
