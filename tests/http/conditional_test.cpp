#include "http/conditional.h"

#include <gtest/gtest.h>

namespace cais::http {
namespace {

using namespace std::chrono_literals;

constexpr base::Seconds noon = std::chrono::sys_days(2024y / 1 / 1) + 12h;
constexpr Validators v2 = {.exists = true, .tag = EntityTag{"v2"}, .last_modified = noon};
constexpr Validators weak_v2 = {.exists = true, .tag = EntityTag{"v2", true}, .last_modified = noon};
constexpr Validators bare = {.exists = true};
constexpr Validators nothing = {};

// "Name: value" lines. The fields live as long as the test.
Fields fields_of(base::Arena& arena, std::string_view lines)
{
    Fields fields(arena);
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find("\r\n"));
        lines.remove_prefix(std::min(lines.size(), line.size() + 2));
        fields.add(line.substr(0, line.find(':')), base::trim(line.substr(line.find(':') + 1)));
    }
    return fields;
}

struct Case {
    const char* name;
    const Validators& current;
    Method method;
    const char* fields;
    Precondition want;
};

constexpr auto holds = Precondition::holds;
constexpr auto not_modified = Precondition::not_modified;
constexpr auto failed = Precondition::failed;
constexpr auto get = Method::get, head = Method::head, put = Method::put;

// clang-format off
constexpr Case cases[] = {  // against "v2", last modified at 12:00:00, unless it says otherwise
    {"no_field", v2, get, "", holds},
    {"s13_1_1_match", v2, put, "If-Match: \"v2\"", holds},
    {"s13_1_1_match_in_a_list", v2, put, "If-Match: \"v1\", \"v2\"", holds},
    {"s13_1_1_match_on_a_second_line", v2, put, "If-Match: \"v1\"\r\nIf-Match: \"v2\"", holds},
    {"s13_1_1_no_match", v2, put, "If-Match: \"v1\"", failed},
    {"s13_1_1_no_match_for_get", v2, get, "If-Match: \"v1\"", failed},
    {"s13_1_1_weak_never_matches", v2, put, "If-Match: W/\"v2\"", failed},
    {"s13_1_1_current_weak_never_matches", weak_v2, put, "If-Match: \"v2\"", failed},
    {"s13_1_1_star_of_something", v2, put, "If-Match: *", holds},
    {"s13_1_1_star_without_a_tag", bare, put, "If-Match: *", holds},
    {"s13_1_1_star_of_nothing", nothing, put, "If-Match: *", failed},
    {"s13_1_1_tag_of_nothing", nothing, put, "If-Match: \"v2\"", failed},
    {"s13_1_1_tag_without_a_tag", bare, put, "If-Match: \"v2\"", failed},
    {"s13_1_1_empty_list", v2, put, "If-Match: ", failed},

    {"s13_1_2_same", v2, get, "If-None-Match: \"v2\"", not_modified},
    {"s13_1_2_same_for_head", v2, head, "If-None-Match: \"v2\"", not_modified},
    {"s13_1_2_same_for_put", v2, put, "If-None-Match: \"v2\"", failed},
    {"s13_1_2_weak_is_enough", v2, get, "If-None-Match: W/\"v2\"", not_modified},
    {"s13_1_2_current_weak_is_enough", weak_v2, get, "If-None-Match: \"v2\"", not_modified},
    {"s13_1_2_other", v2, get, "If-None-Match: \"v1\"", holds},
    {"s13_1_2_on_a_second_line", v2, get, "If-None-Match: \"v1\"\r\nIf-None-Match: \"v2\"", not_modified},
    {"s13_1_2_star_of_something", v2, put, "If-None-Match: *", failed},
    {"s13_1_2_star_for_get", v2, get, "If-None-Match: *", not_modified},
    {"s13_1_2_star_of_nothing", nothing, put, "If-None-Match: *", holds},
    {"s13_1_2_tag_of_nothing", nothing, get, "If-None-Match: \"v2\"", holds},

    {"s13_1_3_same_second", v2, get, "If-Modified-Since: Mon, 01 Jan 2024 12:00:00 GMT", not_modified},
    {"s13_1_3_later", v2, head, "If-Modified-Since: Mon, 01 Jan 2024 12:00:01 GMT", not_modified},
    {"s13_1_3_earlier", v2, get, "If-Modified-Since: Mon, 01 Jan 2024 11:59:59 GMT", holds},
    {"s13_1_3_obsolete_form", v2, get, "If-Modified-Since: Monday, 01-Jan-24 12:00:00 GMT", not_modified},
    {"s13_1_3_bad_date_is_ignored", v2, get, "If-Modified-Since: yesterday", holds},
    {"s13_1_3_only_for_get_and_head", v2, put, "If-Modified-Since: Mon, 01 Jan 2024 12:00:00 GMT", holds},
    {"s13_1_3_without_a_date", bare, get, "If-Modified-Since: Mon, 01 Jan 2024 12:00:00 GMT", holds},
    {"s13_1_3_twice_is_ignored", v2, get, "If-Modified-Since: Mon, 01 Jan 2024 12:00:00 GMT\r\n"
                                          "If-Modified-Since: Mon, 01 Jan 2024 12:00:00 GMT", holds},

    {"s13_1_4_same_second", v2, put, "If-Unmodified-Since: Mon, 01 Jan 2024 12:00:00 GMT", holds},
    {"s13_1_4_earlier", v2, put, "If-Unmodified-Since: Mon, 01 Jan 2024 11:59:59 GMT", failed},
    {"s13_1_4_for_get_too", v2, get, "If-Unmodified-Since: Mon, 01 Jan 2024 11:59:59 GMT", failed},
    {"s13_1_4_bad_date_is_ignored", v2, put, "If-Unmodified-Since: Tue, 01 Jan 2024 11:59:59 GMT", holds},
    {"s13_1_4_without_a_date", bare, put, "If-Unmodified-Since: Mon, 01 Jan 2024 11:59:59 GMT", holds},
    {"s13_1_4_of_nothing", nothing, put, "If-Unmodified-Since: Mon, 01 Jan 2024 11:59:59 GMT", holds},
    {"s13_1_4_twice_is_ignored", v2, put, "If-Unmodified-Since: Mon, 01 Jan 2024 11:59:59 GMT\r\n"
                                          "If-Unmodified-Since: Mon, 01 Jan 2024 11:59:59 GMT", holds},

    {"s13_2_1_options_selects_nothing", v2, Method::options, "If-Match: \"v1\"", holds},
    {"s13_2_1_trace_selects_nothing", v2, Method::trace, "If-None-Match: *", holds},
    {"s13_2_2_match_beats_unmodified_since", v2, put, "If-Match: \"v2\"\r\n"
                                                      "If-Unmodified-Since: Mon, 01 Jan 2024 11:00:00 GMT", holds},
    {"s13_2_2_tag_beats_date", v2, get, "If-None-Match: \"v1\"\r\n"
                                        "If-Modified-Since: Mon, 01 Jan 2024 12:00:00 GMT", holds},
    {"s13_2_2_match_then_none_match", v2, get, "If-None-Match: \"v2\"\r\nIf-Match: \"v2\"", not_modified},
    {"s13_2_2_failed_before_not_modified", v2, get, "If-None-Match: \"v2\"\r\nIf-Match: \"v1\"", failed},
    {"s13_2_2_unmodified_then_modified", v2, get, "If-Unmodified-Since: Mon, 01 Jan 2024 13:00:00 GMT\r\n"
                                                  "If-Modified-Since: Mon, 01 Jan 2024 12:00:00 GMT", not_modified},
};
// clang-format on
class Rfc9110Conditional : public testing::TestWithParam<Case> {};
TEST_P(Rfc9110Conditional, evaluate)
{
    base::Arena arena;
    const auto got = evaluate(GetParam().method, fields_of(arena, GetParam().fields), GetParam().current);
    ASSERT_TRUE(got) << got.error().what;
    EXPECT_EQ(*got, GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(, Rfc9110Conditional, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(Conditional, what_is_no_list_of_tags_is_an_error)
{
    for (const char* lines :
         {"If-Match: v2", "If-Match: \"v2\", v3", "If-Match: *, \"v2\"", "If-Match: *\r\nIf-Match: \"v2\"",
          "If-None-Match: v2", "If-None-Match: \"v2\" \"v3\"", "If-None-Match: \"v2\r\nIf-None-Match: \"v3\""}) {
        base::Arena arena;
        for (const Validators& current : {v2, nothing}) {
            const auto got = evaluate(Method::put, fields_of(arena, lines), current);
            ASSERT_FALSE(got) << lines;
            EXPECT_EQ(got.error().kind, Error::malformed);
        }
    }
}

}  // namespace
}  // namespace cais::http
