#include "modules/auth/credentials.h"

#include <gtest/gtest.h>

namespace cais::auth {
namespace {

struct Split {
    const char* name;
    const char* value;
    const char* scheme;  // null: refused
    const char* rest;
};
constexpr Split splits[] = {
    {"s11_4_token68", "Basic YQ==", "Basic", "YQ=="},
    {"s11_4_parameters", "Digest a=1, b=2", "Digest", "a=1, b=2"},
    {"s11_4_more_spaces", "Basic   YQ==", "Basic", "YQ=="},
    {"s11_4_scheme_alone", "Negotiate", "Negotiate", ""},
    {"no_scheme", "", nullptr, ""},
    {"space_first", " Basic YQ==", nullptr, ""},
    {"a_tab_is_no_space", "Basic\tYQ==", nullptr, ""},
    {"a_comma_after_the_scheme", "Basic,YQ==", nullptr, ""},
};
class Rfc9110Credentials : public testing::TestWithParam<Split> {};
TEST_P(Rfc9110Credentials, split)
{
    const auto got = parse_credentials(GetParam().value);
    ASSERT_EQ(got.has_value(), GetParam().scheme != nullptr);
    if (!got) return;
    EXPECT_EQ(got->scheme, GetParam().scheme);
    EXPECT_EQ(got->rest, GetParam().rest);
}
INSTANTIATE_TEST_SUITE_P(, Rfc9110Credentials, testing::ValuesIn(splits), [](auto& info) { return info.param.name; });

struct Listed {
    const char* name;
    const char* text;
    const char* want;  // name=value;… or null: refused
};
constexpr Listed lists[] = {
    {"s11_2_tokens", "a=1, b=two", "a=1;b=two;"},
    {"s11_2_quoted", R"(a="one, two", b="")", "a=one, two;b=;"},
    {"s5_6_4_backslash", R"(a="say \"a\" \\")", R"(a=say "a" \;)"},
    {"s11_2_white_space_around_equals", "a = 1,b=\t2", "a=1;b=2;"},
    {"s5_6_1_empty_members", ", ,a=1,,b=2,", "a=1;b=2;"},
    {"nothing", "", ""},
    {"s11_2_extended_value", "username*=UTF-8''a", "username*=UTF-8''a;"},
    {"no_comma", "a=1 b=2", nullptr},
    {"no_value", "a=", nullptr},
    {"no_equals", "a", nullptr},
    {"no_name", "=1", nullptr},
    {"open_quote", "a=\"1", nullptr},
    {"backslash_at_the_end", "a=\"1\\", nullptr},
    {"a_control_in_quotes", "a=\"1\x01\"", nullptr},
    {"junk_after_quotes", "a=\"1\"x", nullptr},
    {"s11_2_twice", "a=1, A=2", nullptr},
};
class Rfc9110Parameters : public testing::TestWithParam<Listed> {};
TEST_P(Rfc9110Parameters, parse)
{
    const auto got = parse_parameters(GetParam().text);
    ASSERT_EQ(got.has_value(), GetParam().want != nullptr) << (got ? "" : got.error().what);
    if (!got) return;
    std::string text;
    for (const auto& parameter : *got) ((text += parameter.name) += "=").append(parameter.value) += ';';
    EXPECT_EQ(text, GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(, Rfc9110Parameters, testing::ValuesIn(lists), [](auto& info) { return info.param.name; });

TEST(Rfc9110, are_bounded)
{
    std::string text;
    for (std::size_t i = 0; i < most_parameters; ++i) text += "p" + std::to_string(i) + "=1,";
    EXPECT_TRUE(parse_parameters(text));
    const auto got = parse_parameters(text + "more=1");
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().kind, Error::too_large);
}

TEST(Rfc9110, s11_2_token68)
{
    for (const char* text : {"a", "YQ==", "-._~+/", "a="}) EXPECT_TRUE(is_token68(text)) << text;
    for (const char* text : {"", "=", "==", "a b", "a=b", "a,", "\xC3\xA4"}) EXPECT_FALSE(is_token68(text)) << text;
}

TEST(Rfc9110, what_is_quoted_is_read_again)
{
    const std::string_view text = R"(a "b" \c, d)";
    const std::string line = "x=" + quoted(text);
    const auto got = parse_parameters(line);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->front().value, text);
}

}  // namespace
}  // namespace cais::auth
