// Fields and lists: RFC 9110 §5.
#include "http/fields.h"
#include "http/list.h"

#include <gtest/gtest.h>
#include <vector>

namespace cais::http {
namespace {

TEST(Rfc9110Fields, s5_1_names_tell_no_case_apart)
{
    for (std::size_t i = 1; i < static_cast<std::size_t>(Name::count_); ++i) {
        const auto name = static_cast<Name>(i);
        std::string upper, lower;
        for (const char c : text_of(name)) {
            lower += base::to_lower(c);
            upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
        EXPECT_EQ(name_of(text_of(name)), name);
        EXPECT_EQ(name_of(lower), name);
        EXPECT_EQ(name_of(upper), name);
        EXPECT_NE(name_of(lower + "x"), name);
    }
    EXPECT_EQ(name_of(""), Name::other);
    EXPECT_EQ(name_of("X-Nobody-Knows"), Name::other);
}

TEST(Rfc9110Fields, s5_1_an_unknown_name_is_found_in_any_case)
{
    base::Arena arena;
    Fields fields(arena);
    fields.add("X-Mine", "1");
    ASSERT_NE(fields.find("x-mINE"), nullptr);
    EXPECT_EQ(fields.find("x-mINE")->value(), "1");
    EXPECT_EQ(fields.find("X-Min"), nullptr);
}

TEST(Rfc9110Fields, s5_3_lines_of_one_name_keep_their_order)
{
    base::Arena arena;
    Fields fields(arena);
    for (int i = 0; i < 40; ++i) {
        fields.add(Name::accept, i % 2 == 0 ? "even" : "odd");
        fields.add(Name::vary, "between");
    }
    std::vector<std::string_view> values;
    for (const auto value : fields.all(Name::accept)) values.push_back(value);
    ASSERT_EQ(values.size(), 40u);
    EXPECT_EQ(values[0], "even");
    EXPECT_EQ(values[39], "odd");
    EXPECT_EQ(fields.all(Name::vary).size(), 40u);
    EXPECT_FALSE(fields.has(Name::allow));
    EXPECT_TRUE(fields.all(Name::allow).empty());

    fields.set(Name::accept, "one");
    EXPECT_EQ(fields.one(Name::accept), "one");
    EXPECT_EQ(fields.one(Name::vary), std::nullopt);  // more than one is none that counts
    fields.remove(Name::vary);
    EXPECT_FALSE(fields.has(Name::vary));
    EXPECT_EQ(fields.size(), 1u);
}

TEST(Rfc9110Fields, s5_5_values)
{
    for (unsigned c = 0; c < 256; ++c) {
        const std::string inside = {'a', static_cast<char>(c), 'b'};
        const bool is_visible = c > 0x20 && c != 0x7F;
        EXPECT_EQ(is_field_value(inside), is_visible || c == ' ' || c == '\t') << c;
        const std::string behind = {'a', static_cast<char>(c)};
        EXPECT_EQ(is_field_value(behind), is_visible) << c;
    }
    EXPECT_TRUE(is_field_value(""));
    EXPECT_FALSE(is_field_value(" "));
}

TEST(Rfc9110Fields, s5_6_2_tokens)
{
    constexpr std::string_view delimiters = "\"(),/:;<=>?@[\\]{}";
    for (unsigned c = 0; c < 256; ++c) {
        const auto octet = static_cast<char>(c);
        const bool is_one = c > 0x20 && c < 0x7F && !delimiters.contains(octet);
        EXPECT_EQ(is_token(std::string_view(&octet, 1)), is_one) << c;
    }
    EXPECT_FALSE(is_token(""));
    EXPECT_FALSE(is_token("a b"));
}

struct ListCase {
    const char* name;
    std::string_view text;
    std::vector<std::string_view> want;
};

const ListCase lists[] = {
    {"s5_6_1_two", "a,b", {"a", "b"}},
    {"s5_6_1_2_empty_members_count_for_nothing", ", a ,,\t, b,", {"a", "b"}},
    {"s5_6_1_2_nothing_at_all", " ,\t, ", {}},
    {"s5_6_3_white_space_around", " a \t,\tb c ", {"a", "b c"}},
    {"s5_6_4_a_comma_in_quotes", R"(a="1,2", b)", {R"(a="1,2")", "b"}},
    {"s5_6_4_a_quote_in_quotes", R"(a="\",\\",b)", {R"(a="\",\\")", "b"}},
    {"s5_6_4_quotes_that_never_end", R"(a,"b,c)", {"a", R"("b,c)"}},
    {"s5_6_4_a_backslash_at_the_end", "a,\"b\\", {"a", "\"b\\"}},
    {"s5_6_4_a_backslash_outside_of_quotes", R"(a\,b)", {R"(a\)", "b"}},
};
class Rfc9110List : public testing::TestWithParam<ListCase> {};
TEST_P(Rfc9110List, next_member)
{
    std::vector<std::string_view> got;
    std::string_view rest = GetParam().text;
    for (std::string_view member; next_member(rest, member);) got.push_back(member);
    EXPECT_EQ(got, GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(, Rfc9110List, testing::ValuesIn(lists), [](auto& info) { return info.param.name; });

TEST(Rfc9110Lists, s5_6_1_members_of_several_lines)
{
    base::Arena arena;
    Fields fields(arena);
    fields.add(Name::connection, "keep-alive, X");
    fields.add(Name::connection, "CLOSE");
    EXPECT_TRUE(has_member(fields.all(Name::connection), "close"));
    EXPECT_TRUE(has_member(fields.all(Name::connection), "x"));
    EXPECT_FALSE(has_member(fields.all(Name::connection), "keep"));
    EXPECT_FALSE(has_member(fields.all(Name::te), "close"));
}

TEST(Fields, remove_by_text_in_any_case)
{
    base::Arena arena;
    Fields fields(arena);
    fields.add("X-One", "1");
    fields.add(Name::server, "s");
    fields.add("x-one", "2");
    fields.add("X-Two", "3");
    fields.remove("X-ONE");
    fields.remove("x-none");
    ASSERT_EQ(fields.size(), 2u);
    EXPECT_TRUE(fields.has(Name::other));
    fields.remove("server");
    fields.remove("x-two");
    EXPECT_EQ(fields.size(), 0u);
    EXPECT_FALSE(fields.has(Name::server));
    EXPECT_FALSE(fields.has(Name::other));
}

}  // namespace
}  // namespace cais::http
