#include "http/ranges.h"

#include <gtest/gtest.h>
#include <string>

namespace cais::http {
namespace {

using namespace std::chrono_literals;

// "whole", "unsatisfiable", or "first-last" of each range with spaces between them.
std::string shown(const Selection& selection)
{
    if (selection.kind() == Selection::whole) return "whole";
    if (selection.kind() == Selection::unsatisfiable) return "unsatisfiable";
    std::string text;
    for (const Range& range : selection.ranges())
        text += (text.empty() ? "" : " ") + std::to_string(range.first) + "-" + std::to_string(range.last());
    return text;
}

struct Case {
    const char* name;
    const char* value;
    std::uint64_t length;
    const char* want;
};
// clang-format off
constexpr Case cases[] = {
    {"s14_1_2_first_and_last", "bytes=0-499", 10000, "0-499"},
    {"s14_1_2_one_octet", "bytes=9999-9999", 10000, "9999-9999"},
    {"s14_1_2_to_the_end", "bytes=9500-", 10000, "9500-9999"},
    {"s14_1_2_last_octets", "bytes=-500", 10000, "9500-9999"},
    {"s14_1_2_all", "bytes=0-", 10000, "0-9999"},
    {"s14_1_2_last_behind_the_end", "bytes=9500-20000", 10000, "9500-9999"},
    {"s14_1_2_suffix_longer_than_all", "bytes=-20000", 10000, "0-9999"},
    {"s14_1_2_several", "bytes=0-9, 1000-1009,\t-10", 10000, "0-9 1000-1009 9990-9999"},
    {"s14_1_2_some_satisfiable", "bytes=20000-,0-0", 10000, "0-0"},
    {"s14_1_2_first_at_the_end", "bytes=10000-", 10000, "unsatisfiable"},
    {"s14_1_2_none_satisfiable", "bytes=10000-10001,20000-,-0", 10000, "unsatisfiable"},
    {"s14_1_2_suffix_of_zero", "bytes=-0", 10000, "unsatisfiable"},
    {"s14_1_2_of_nothing", "bytes=0-", 0, "unsatisfiable"},
    {"s14_1_2_last_octets_of_nothing", "bytes=-5", 0, "whole"},
    {"numbers_over_64_bits", "bytes=0-99999999999999999999999", 10, "0-9"},
    {"first_over_64_bits", "bytes=99999999999999999999999-", 10, "unsatisfiable"},
    {"suffix_over_64_bits", "bytes=-99999999999999999999999", 10, "0-9"},
    {"the_largest_length", "bytes=18446744073709551613-18446744073709551615", UINT64_MAX,
     "18446744073709551613-18446744073709551614"},
    {"s14_1_unit_in_any_case", "BYTES=0-0", 10, "0-0"},
    {"s5_6_1_empty_members", "bytes=,,0-0 , ,", 10, "0-0"},

    {"s14_2_other_unit", "lines=0-1", 10, "whole"},
    {"s14_2_no_unit", "0-1", 10, "whole"},
    {"s14_2_empty", "", 10, "whole"},
    {"s14_2_empty_set", "bytes=", 10, "whole"},
    {"s14_2_only_commas", "bytes=, ,", 10, "whole"},
    {"s14_2_last_before_first", "bytes=5-4", 10, "whole"},
    {"s14_2_one_bad_of_several", "bytes=0-1,5-4", 10, "whole"},
    {"s14_2_bad_behind_unsatisfiable", "bytes=10-,x", 10, "whole"},
    {"s14_2_no_number", "bytes=a-b", 10, "whole"},
    {"s14_2_no_dash", "bytes=5", 10, "whole"},
    {"s14_2_dash_alone", "bytes=-", 10, "whole"},
    {"s14_2_two_dashes", "bytes=--5", 10, "whole"},
    {"s14_2_negative", "bytes=0--5", 10, "whole"},
    {"s14_2_sign", "bytes=+0-5", 10, "whole"},
    {"s14_2_space_inside", "bytes=0 - 5", 10, "whole"},
    {"s14_2_space_before_equals", "bytes =0-5", 10, "whole"},
    {"s14_2_semicolons", "bytes=0-1;3-4", 10, "whole"},

    {"s15_3_7_2_overlapping", "bytes=0-100,50-200", 10000, "0-200"},
    {"s15_3_7_2_the_same_twice", "bytes=5-6,5-6", 10000, "5-6"},
    {"s15_3_7_2_inside", "bytes=0-,500-600", 10000, "0-9999"},
    {"s15_3_7_2_adjacent", "bytes=0-99,100-199", 10000, "0-199"},
    {"s15_3_7_2_79_between", "bytes=0-0,80-80", 10000, "0-80"},
    {"s15_3_7_2_80_between", "bytes=0-0,81-81", 10000, "0-0 81-81"},
    {"s15_3_7_2_descending_and_adjacent", "bytes=100-199,0-99", 10000, "0-199"},
    {"s15_3_7_2_order_stays", "bytes=9000-9001,0-1", 10000, "9000-9001 0-1"},
    {"s15_3_7_2_place_of_the_first", "bytes=5000-5001,0-1,9000-9001,5002-5003", 10000, "5000-5003 0-1 9000-9001"},
    {"s15_3_7_2_one_joins_two", "bytes=0-0,9000-9000,200-200,1-199", 10000, "0-200 9000-9000"},
    {"s15_3_7_2_one_joins_all", "bytes=200-200,9000-9000,0-0,5-8999", 10000, "0-9000"},
    {"s17_15_sixteen", "bytes=0-0,100-100,200-200,300-300,400-400,500-500,600-600,700-700,800-800,900-900,1000-1000,"
                       "1100-1100,1200-1200,1300-1300,1400-1400,1500-1500", 10000,
     "0-0 100-100 200-200 300-300 400-400 500-500 600-600 700-700 800-800 900-900 1000-1000 1100-1100 1200-1200 1300-1300 "
     "1400-1400 1500-1500"},
    {"s17_15_seventeen", "bytes=0-0,100-100,200-200,300-300,400-400,500-500,600-600,700-700,800-800,900-900,1000-1000,"
                         "1100-1100,1200-1200,1300-1300,1400-1400,1500-1500,1600-1600", 10000, "whole"},
};
// clang-format on
class Rfc9110Ranges : public testing::TestWithParam<Case> {};
TEST_P(Rfc9110Ranges, parse) { EXPECT_EQ(shown(parse_ranges(GetParam().value, GetParam().length)), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(, Rfc9110Ranges, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(Ranges, s17_15_a_thousand_ranges_never_send_an_octet_twice)
{
    std::string same = "bytes=0-", steps = same, single = same;
    for (int i = 1; i < 1000; ++i) {
        same += ",0-";
        steps += "," + std::to_string(i) + "-";
        single += "," + std::to_string(i * 2) + "-" + std::to_string(i * 2);
    }
    for (const std::string& value : {same, steps, single}) EXPECT_EQ(shown(parse_ranges(value, 1000)), "0-999");
}

struct Asked {
    const char* name;
    Method method;
    const char* range;
    const char* second_range;
    const char* if_range;
    const char* want;
};
constexpr base::Seconds noon = std::chrono::sys_days(2024y / 1 / 1) + 12h;

class Rfc9110IfRange : public testing::TestWithParam<Asked> {};
TEST_P(Rfc9110IfRange, select)
{
    const auto& [name, method, range, second_range, if_range, want] = GetParam();
    base::Arena arena;
    Fields fields(arena);
    if (range != nullptr) fields.add(Name::range, range);
    if (second_range != nullptr) fields.add(Name::range, second_range);
    if (if_range != nullptr) fields.add(Name::if_range, if_range);
    const Validators v2 = {.exists = true, .tag = EntityTag{"v2"}, .last_modified = noon};
    EXPECT_EQ(shown(select_ranges(method, fields, v2, 1000, noon + 1s)), want);
}
constexpr Asked asked[] = {
    {"s14_2_no_range", Method::get, nullptr, nullptr, nullptr, "whole"},
    {"s14_2_get", Method::get, "bytes=0-9", nullptr, nullptr, "0-9"},
    {"s14_2_head_gets_none", Method::head, "bytes=0-9", nullptr, nullptr, "whole"},
    {"s14_2_put_gets_none", Method::put, "bytes=0-9", nullptr, nullptr, "whole"},
    {"s14_2_two_lines_are_ignored", Method::get, "bytes=0-9", "bytes=0-9", nullptr, "whole"},
    {"s14_2_unsatisfiable", Method::get, "bytes=1000-", nullptr, nullptr, "unsatisfiable"},
    {"s13_1_5_same_tag", Method::get, "bytes=0-9", nullptr, "\"v2\"", "0-9"},
    {"s13_1_5_other_tag", Method::get, "bytes=0-9", nullptr, "\"v1\"", "whole"},
    {"s13_1_5_other_tag_and_unsatisfiable", Method::get, "bytes=1000-", nullptr, "\"v1\"", "whole"},
    {"s13_1_5_weak_tag", Method::get, "bytes=0-9", nullptr, "W/\"v2\"", "whole"},
    {"s13_1_5_list", Method::get, "bytes=0-9", nullptr, "\"v2\", \"v1\"", "whole"},
    {"s13_1_5_same_date", Method::get, "bytes=0-9", nullptr, "Mon, 01 Jan 2024 12:00:00 GMT", "0-9"},
    {"s13_1_5_earlier_date", Method::get, "bytes=0-9", nullptr, "Mon, 01 Jan 2024 11:59:59 GMT", "whole"},
    {"s13_1_5_later_date", Method::get, "bytes=0-9", nullptr, "Mon, 01 Jan 2024 12:00:01 GMT", "whole"},
    {"s13_1_5_nonsense", Method::get, "bytes=0-9", nullptr, "v2", "whole"},
    {"s13_1_5_alone", Method::get, nullptr, nullptr, "\"v2\"", "whole"},
};
INSTANTIATE_TEST_SUITE_P(, Rfc9110IfRange, testing::ValuesIn(asked), [](auto& info) { return info.param.name; });

TEST(Ranges, s8_8_2_2_a_date_is_weak_while_its_second_lasts)
{
    base::Arena arena;
    Fields fields(arena);
    fields.add(Name::range, "bytes=0-9");
    fields.add(Name::if_range, "Mon, 01 Jan 2024 12:00:00 GMT");
    const Validators current = {.exists = true, .last_modified = noon};
    EXPECT_EQ(shown(select_ranges(Method::get, fields, current, 1000, noon)), "whole");
    EXPECT_EQ(shown(select_ranges(Method::get, fields, current, 1000, noon + 1s)), "0-9");
    EXPECT_EQ(shown(select_ranges(Method::get, fields, Validators{.exists = true}, 1000, noon + 1s)), "whole");
}

TEST(Ranges, s13_1_5_a_weak_tag_never_matches)
{
    base::Arena arena;
    Fields fields(arena);
    fields.add(Name::range, "bytes=0-9");
    fields.add(Name::if_range, "W/\"v2\"");
    EXPECT_EQ(shown(select_ranges(Method::get, fields, {.exists = true, .tag = EntityTag{"v2", true}}, 1000, noon)),
              "whole");
}

TEST(Ranges, s14_4_content_range)
{
    base::Arena arena;
    EXPECT_EQ(content_range({0, 500}, 1234, arena), "bytes 0-499/1234");
    EXPECT_EQ(content_range({1233, 1}, 1234, arena), "bytes 1233-1233/1234");
    EXPECT_EQ(unsatisfied_range(47022, arena), "bytes */47022");
    EXPECT_EQ(content_range({0, UINT64_MAX}, UINT64_MAX, arena), "bytes 0-18446744073709551614/18446744073709551615");
}

TEST(Ranges, s14_6_multipart)
{
    base::Arena arena;
    const Range ranges[] = {{500, 5}, {7000, 3}};
    const Multipart frame = {.boundary = "THIS", .content_type = "application/pdf", .length = 8000, .ranges = ranges};
    std::string content;
    content += frame.head(0, arena);
    content += "12345";
    content += frame.head(1, arena);
    content += "678";
    content += frame.tail(arena);
    EXPECT_EQ(content, "--THIS\r\nContent-Type: application/pdf\r\nContent-Range: bytes 500-504/8000\r\n\r\n12345"
                       "\r\n--THIS\r\nContent-Type: application/pdf\r\nContent-Range: bytes 7000-7002/8000\r\n\r\n678"
                       "\r\n--THIS--\r\n");
    EXPECT_EQ(frame.content_length(), content.size());
    EXPECT_EQ(frame.media_type(arena), "multipart/byteranges; boundary=THIS");
}

TEST(Ranges, s14_6_multipart_without_a_type)
{
    base::Arena arena;
    const Range ranges[] = {{0, 1}};
    const Multipart frame = {.boundary = "b", .content_type = "", .length = 10, .ranges = ranges};
    EXPECT_EQ(frame.head(0, arena), "--b\r\nContent-Range: bytes 0-0/10\r\n\r\n");
    EXPECT_EQ(frame.content_length(), frame.head(0, arena).size() + 1 + frame.tail(arena).size());
}

}  // namespace
}  // namespace cais::http
