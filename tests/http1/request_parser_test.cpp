#include "http1/request_parser.h"

#include <gtest/gtest.h>
#include <string>

namespace cais::http1 {
namespace {

using Outcome = RequestParser::Outcome;

// What a head came to, in words: "GET /a 1.1 [Host=x]" or "400".
std::string in_words(Outcome outcome, const RequestParser& parser, const http::Fields& fields)
{
    if (outcome == Outcome::incomplete) return "incomplete";
    if (outcome == Outcome::refused) return std::to_string(http::code_of(parser.refusal().status));
    std::string text;
    ((text += parser.method()) += ' ') += parser.target();
    (text += ' ') += http::text_of(parser.version()).substr(5);
    for (const auto& line : fields) (((text += " [") += line.name()) += '=').append(line.value()) += ']';
    return text;
}

// Given in pieces that end at `cuts`, then as a whole.
std::string parse_cut(std::string_view head, std::initializer_list<std::size_t> cuts, const http::Limits& limits = {})
{
    base::Arena arena;
    http::Fields fields(arena);
    RequestParser parser(limits);
    for (const std::size_t cut : cuts) {
        const auto outcome = parser.parse(head.substr(0, cut), fields);
        if (outcome != Outcome::incomplete) return in_words(outcome, parser, fields);
    }
    const auto outcome = parser.parse(head, fields);
    if (outcome == Outcome::complete) EXPECT_LE(parser.length(), head.size());
    return in_words(outcome, parser, fields);
}

struct Case {
    const char* name;
    std::string_view head;
    const char* want;
};

using namespace std::string_view_literals;
constexpr Case cases[] = {
    {"s3_simple", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / 1.1 [Host=a]"},
    {"s3_no_fields", "GET / HTTP/1.0\r\n\r\n", "GET / 1.0"},
    {"s3_any_token_is_a_method", "M-S!#$%&'*+.^_`|~09 * HTTP/1.1\r\n\r\n", "M-S!#$%&'*+.^_`|~09 * 1.1"},
    {"s3_unfinished", "GET / HTTP/1.1\r\nHost: a\r\n", "incomplete"},
    {"s3_double_space", "GET  / HTTP/1.1\r\n\r\n", "400"},
    {"s3_double_space_before_version", "GET /  HTTP/1.1\r\n\r\n", "400"},
    {"s3_stricter_tab", "GET\t/ HTTP/1.1\r\n\r\n", "400"},
    {"s3_space_first", " GET / HTTP/1.1\r\n\r\n", "400"},
    {"s3_space_last", "GET / HTTP/1.1 \r\n\r\n", "400"},
    {"s3_one_word", "GET\r\n\r\n", "400"},
    {"s3_no_version", "GET /\r\n\r\n", "400"},
    {"s3_no_target", "GET HTTP/1.1\r\n\r\n", "400"},
    {"s3_1_method_is_no_token", "G(T / HTTP/1.1\r\n\r\n", "400"},
    {"s3_1_empty_method", " / HTTP/1.1\r\n\r\n", "400"},
    {"s3_2_space_in_target", "GET /a b HTTP/1.1\r\n\r\n", "400"},
    {"s3_2_control_in_target", "GET /a\x01 HTTP/1.1\r\n\r\n", "400"},
    {"s3_2_del_in_target", "GET /a\x7F HTTP/1.1\r\n\r\n", "400"},
    {"s3_2_octet_from_0x80_in_target", "GET /\xC3\xA9 HTTP/1.1\r\n\r\n", "400"},
    {"s3_2_nul_in_target", "GET /\0 HTTP/1.1\r\n\r\n"sv, "400"},
    {"s3_2_cr_in_target", "GET /\ra HTTP/1.1\r\n\r\n", "400"},
    {"s2_3_version_1_1_only_so", "GET / HTTP/1.1\r\n\r\n", "GET / 1.1"},
    {"s2_3_higher_minor_is_1_1", "GET / HTTP/1.9\r\n\r\n", "GET / 1.1"},
    {"s2_3_major_0", "GET / HTTP/0.9\r\n\r\n", "505"},
    {"s2_3_major_2", "GET / HTTP/2.0\r\n\r\n", "505"},
    {"s2_3_preface_of_http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
    {"s2_3_small_letters", "GET / http/1.1\r\n\r\n", "400"},
    {"s2_3_two_digits", "GET / HTTP/1.10\r\n\r\n", "400"},
    {"s2_3_no_minor", "GET / HTTP/1\r\n\r\n", "400"},
    {"s2_3_comma", "GET / HTTP/1,1\r\n\r\n", "400"},
    {"s2_3_letters", "GET / HTTP/a.b\r\n\r\n", "400"},
    {"s2_2_looser_empty_lines_first", "\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n", "GET / 1.1"},
    {"s2_2_too_many_empty_lines", "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n", "400"},
    {"s2_2_empty_line_of_lf", "\nGET / HTTP/1.1\r\n\r\n", "400"},
    {"s2_2_lf_alone_after_request_line", "GET / HTTP/1.1\nHost: a\r\n\r\n", "400"},
    {"s2_2_lf_alone_after_field", "GET / HTTP/1.1\r\nHost: a\n\r\n", "400"},
    {"s2_2_lf_alone_at_the_end", "GET / HTTP/1.1\r\nHost: a\r\n\n", "400"},
    {"s2_2_cr_cr_lf", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", "400"},
    {"s2_2_cr_cr_lf_after_field", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", "400"},
    {"s2_2_cr_cr_lf_at_the_end", "GET / HTTP/1.1\r\n\r\r\n\r\n", "400"},
    {"s2_2_white_space_after_request_line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400"},
    {"s5_value_is_trimmed", "GET / HTTP/1.1\r\nA: \t b c\t \r\nB:d\r\n\r\n", "GET / 1.1 [A=b c] [B=d]"},
    {"s5_empty_value", "GET / HTTP/1.1\r\nA:\r\nB: \t\r\n\r\n", "GET / 1.1 [A=] [B=]"},
    {"s5_order_and_repeats_are_kept", "GET / HTTP/1.1\r\na: 1\r\nA: 2\r\na: 3\r\n\r\n", "GET / 1.1 [a=1] [A=2] [a=3]"},
    {"s5_colon_in_value", "GET / HTTP/1.1\r\nA: b:c\r\n\r\n", "GET / 1.1 [A=b:c]"},
    {"s5_1_space_before_colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"},
    {"s5_1_tab_before_colon", "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n", "400"},
    {"s5_1_space_in_name", "GET / HTTP/1.1\r\nHo st: a\r\n\r\n", "400"},
    {"s5_1_no_name", "GET / HTTP/1.1\r\n: a\r\n\r\n", "400"},
    {"s5_1_no_colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", "400"},
    {"s5_1_name_is_no_token", "GET / HTTP/1.1\r\nH(ost: a\r\n\r\n", "400"},
    {"s5_1_name_with_obs_text", "GET / HTTP/1.1\r\nH\xC3\xB6st: a\r\n\r\n", "400"},
    {"s5_1_name_with_nul", "GET / HTTP/1.1\r\nHost\0: a\r\n\r\n"sv, "400"},
    {"s5_2_fold_by_space", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "400"},
    {"s5_2_fold_by_tab", "GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n", "400"},
    {"s5_2_fold_that_is_empty", "GET / HTTP/1.1\r\nA: b\r\n \r\n\r\n", "400"},
    {"s5_5_obs_text_is_opaque", "GET / HTTP/1.1\r\nA: \xFF\x80\r\n\r\n", "GET / 1.1 [A=\xFF\x80]"},
    {"s5_5_tab_inside", "GET / HTTP/1.1\r\nA: b\tc\r\n\r\n", "GET / 1.1 [A=b\tc]"},
    {"s5_5_nul", "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n"sv, "400"},
    {"s5_5_cr_inside", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", "400"},
    {"s5_5_escape", "GET / HTTP/1.1\r\nA: \x1B[31m\r\n\r\n", "400"},
    {"s5_5_del", "GET / HTTP/1.1\r\nA: b\x7F\r\n\r\n", "400"},
    {"s6_what_follows_is_not_looked_at", "GET / HTTP/1.1\r\n\r\n\n\n\0 nonsense"sv, "GET / 1.1"},
    {"s9_octets_of_tls", "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03\n"sv, "400"},
};

class Rfc9112Head : public testing::TestWithParam<Case> {};

TEST_P(Rfc9112Head, whole) { EXPECT_EQ(parse_cut(GetParam().head, {}), GetParam().want); }

TEST_P(Rfc9112Head, cut_anywhere)
{
    for (std::size_t cut = 0; cut <= GetParam().head.size(); ++cut)
        EXPECT_EQ(parse_cut(GetParam().head, {cut}), GetParam().want) << "cut at " << cut;
}

TEST_P(Rfc9112Head, octet_by_octet)
{
    base::Arena arena;
    http::Fields fields(arena);
    const http::Limits limits;
    RequestParser parser(limits);
    auto outcome = Outcome::incomplete;
    for (std::size_t there = 1; there <= GetParam().head.size() && outcome == Outcome::incomplete; ++there)
        outcome = parser.parse(GetParam().head.substr(0, there), fields);
    EXPECT_EQ(in_words(outcome, parser, fields), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(, Rfc9112Head, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

std::string line_of(std::size_t octets)
{
    std::string line = "GET / HTTP/1.1";
    line.insert(5, octets - line.size(), 'a');
    return line;
}
// Field lines of `octets` together, each with its CRLF, in lines of 1000 and a rest.
std::string fields_of(std::size_t octets)
{
    std::string fields;
    while (octets > 0) {
        const std::size_t line = octets >= 1100 ? 1000 : octets;
        fields += "A: " + std::string(line - 5, 'b') + "\r\n";
        octets -= line;
    }
    return fields;
}
std::string first_word(const std::string& words) { return words.substr(0, words.find(' ')); }

struct Bound {
    const char* name;
    std::string head;
    const char* want;
};
class Bounds : public testing::TestWithParam<Bound> {};
TEST_P(Bounds, whole_and_cut)
{
    const auto& head = GetParam().head;
    EXPECT_EQ(first_word(parse_cut(head, {})), GetParam().want);
    for (std::size_t cut = head.size() > 300 ? head.size() - 300 : 0; cut <= head.size(); ++cut)
        EXPECT_EQ(first_word(parse_cut(head, {cut})), GetParam().want) << "cut at " << cut;
    for (const std::size_t cut : {8191u, 8192u, 8193u, 8194u, 8195u})
        if (cut < head.size())
            EXPECT_EQ(first_word(parse_cut(head, {cut, cut + 1})), GetParam().want) << "cut at " << cut;
}
std::string lines(int count)
{
    std::string text;
    for (int i = 0; i < count; ++i) text += "A: b\r\n";
    return text;
}
INSTANTIATE_TEST_SUITE_P(, Bounds,
                         testing::Values(Bound{"request_line_at", line_of(8192) + "\r\n\r\n", "GET"},
                                         Bound{"request_line_above", line_of(8193) + "\r\n\r\n", "414"},
                                         Bound{"request_line_without_end", line_of(8193), "414"},
                                         Bound{"request_line_at_without_end", line_of(8192), "incomplete"},
                                         Bound{"request_line_with_cr_without_lf", line_of(8192) + "\r", "incomplete"},
                                         Bound{"fields_at", line_of(14) + "\r\n" + fields_of(65536) + "\r\n", "GET"},
                                         Bound{"fields_above", line_of(14) + "\r\n" + fields_of(65537) + "\r\n", "431"},
                                         Bound{"fields_without_end", line_of(14) + "\r\nA: " + std::string(65536, 'b'),
                                               "431"},
                                         Bound{"lines_at", line_of(14) + "\r\n" + lines(100) + "\r\n", "GET"},
                                         Bound{"lines_above", line_of(14) + "\r\n" + lines(101) + "\r\n", "431"}),
                         [](auto& info) { return info.param.name; });

TEST(RequestParser, a_name_longer_than_a_line_of_fields_can_say_is_refused)
{
    http::Limits limits;
    limits.fields = 1024 * 1024;
    const auto head = [](std::size_t name) {
        return "GET / HTTP/1.1\r\n" + std::string(name, 'x') + "Host: a\r\n\r\n";
    };
    EXPECT_EQ(first_word(parse_cut(head(65531), {}, limits)), "GET");
    EXPECT_EQ(first_word(parse_cut(head(65532), {}, limits)), "400");
}

TEST(RequestParser, restart_after_the_text_has_moved)
{
    const http::Limits limits;
    const std::string head = "\r\nGET /a HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n";
    for (std::size_t cut = 0; cut < head.size(); ++cut) {
        base::Arena arena;
        http::Fields fields(arena);
        RequestParser parser(limits);
        const std::string before = head.substr(0, cut);
        ASSERT_EQ(parser.parse(before, fields), Outcome::incomplete);
        fields.clear();
        parser.restart();
        const std::string after = head;
        const auto outcome = parser.parse(after, fields);
        EXPECT_EQ(in_words(outcome, parser, fields), "GET /a 1.1 [Host=a] [B=c]");
        EXPECT_EQ(parser.length(), head.size());
    }
}

TEST(RequestParser, an_empty_line_is_no_beginning)
{
    const http::Limits limits;
    base::Arena arena;
    http::Fields fields(arena);
    RequestParser parser(limits);
    const std::string_view text = "\r\n\r\nG";
    ASSERT_EQ(parser.parse(text.substr(0, 4), fields), Outcome::incomplete);
    EXPECT_FALSE(parser.has_begun(text.substr(0, 4)));
    ASSERT_EQ(parser.parse(text, fields), Outcome::incomplete);
    EXPECT_TRUE(parser.has_begun(text));
}

}  // namespace
}  // namespace cais::http1
