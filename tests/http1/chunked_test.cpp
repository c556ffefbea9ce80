#include "http1/chunked.h"

#include <gtest/gtest.h>
#include <string>

namespace cais::http1 {
namespace {

using namespace std::string_view_literals;

// What a coded content came to: "<data>|trailers" and how much of the input is behind it; "400", "431"; "…" unfinished.
std::string decode(std::initializer_list<std::string_view> pieces, const http::Limits& limits = {})
{
    base::Arena arena;
    ChunkedDecoder decoder(limits, arena);
    std::string data;
    std::size_t behind = 0;
    bool has_ended = false;
    for (std::string_view piece : pieces) {
        if (has_ended) {
            behind += piece.size();
            continue;
        }
        while (!piece.empty() && !has_ended) {
            const auto step = decoder.next(piece);
            if (!step) return step.error().kind == Error::too_large ? "431" : "400";
            EXPECT_GT(step->consumed, 0u);
            EXPECT_LE(step->consumed, piece.size());
            if (!step->data.empty())
                EXPECT_TRUE(step->data.data() >= piece.data() &&
                            step->data.data() + step->data.size() <= piece.data() + step->consumed);
            data += step->data;
            has_ended = step->is_end;
            piece.remove_prefix(step->consumed);
        }
        behind += piece.size();
    }
    if (!has_ended) return "unfinished";
    std::string text = "<" + data + ">";
    for (const auto& line : decoder.trailers()) ((text += ' ') += line.name()).append("=") += line.value();
    if (behind > 0) text += " +" + std::to_string(behind);
    return text;
}

struct Case {
    const char* name;
    std::string_view coded;
    const char* want;
};

constexpr Case cases[] = {
    {"s7_1_one_chunk", "5\r\nhello\r\n0\r\n\r\n", "<hello>"},
    {"s7_1_several", "1\r\na\r\n2\r\nbc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n", "<abc0123456789abcdef>"},
    {"s7_1_empty_content", "0\r\n\r\n", "<>"},
    {"s7_1_what_follows", "1\r\na\r\n0\r\n\r\nGET ", "<a> +4"},
    {"s7_1_either_case", "A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n", "<01234567890123456789a>"},
    {"s7_1_leading_zeros", "0005\r\nhello\r\n000\r\n\r\n", "<hello>"},
    {"s7_1_sixteen_digits", "0000000000000001\r\na\r\n0\r\n\r\n", "<a>"},
    {"s7_1_data_with_line_ends", "6\r\na\r\n\r\nb\r\n0\r\n\r\n", "<a\r\n\r\nb>"},
    {"s7_1_unfinished_size", "5", "unfinished"},
    {"s7_1_unfinished_data", "5\r\nhel", "unfinished"},
    {"s7_1_unfinished_end", "0\r\n\r", "unfinished"},
    {"s7_1_seventeen_digits", "00000000000000001\r\na\r\n0\r\n\r\n", "400"},
    {"s7_1_overflow", "FFFFFFFFFFFFFFFFF\r\n", "400"},
    {"s7_1_over_2_63", "8000000000000000\r\n", "400"},
    {"s7_1_largest", "7FFFFFFFFFFFFFFF\r\na", "unfinished"},
    {"s7_1_no_size", "\r\nhello\r\n", "400"},
    {"s7_1_sign", "+5\r\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_minus", "-5\r\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_prefix", "0x5\r\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_space_before", " 5\r\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_stricter_space_after", "5 \r\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_stricter_space_before_extension", "5 ;a\r\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_underscore", "1_0\r\n", "400"},
    {"s7_1_lf_after_size", "5\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_cr_alone_after_size", "5\rhello\r\n0\r\n\r\n", "400"},
    {"s7_1_lf_after_data", "5\r\nhello\n0\r\n\r\n", "400"},
    {"s7_1_longer_than_said", "4\r\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_shorter_than_said", "6\r\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_no_end_of_data", "5\r\nhello0\r\n\r\n", "400"},
    {"s7_1_lf_after_last", "0\n\r\n", "400"},
    {"s7_1_lf_at_the_end", "0\r\n\n", "400"},
    {"s7_1_nul", "5\0\r\nhello\r\n"sv, "400"},
    {"s7_1_1_extension", "5;a\r\nhello\r\n0;b=c\r\n\r\n", "<hello>"},
    {"s7_1_1_several", "5;a=1;b=\"2\";c\r\nhello\r\n0\r\n\r\n", "<hello>"},
    {"s7_1_1_quoted", "5;a=\"x;y\\\"z \\\\\"\r\nhello\r\n0\r\n\r\n", "<hello>"},
    {"s7_1_1_line_end_in_quotes", "5;a=\"x\r\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_1_quoted_line_end", "5;a=\"\\\r\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_1_lf_alone", "5;a\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_1_cr_alone", "5;a\rb\r\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_1_control", "5;a\x01\r\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_1_control_quoted", "5;a=\"\\\x01\"\r\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_1_del_quoted", "5;a=\"\\\x7F\"\r\nhello\r\n0\r\n\r\n", "400"},
    {"s7_1_2_trailers", "1\r\na\r\n0\r\nX: y\r\nA:b \r\n\r\n", "<a> X=y A=b"},
    {"s7_1_2_trailer_is_no_field", "0\r\nnonsense\r\n\r\n", "400"},
    {"s7_1_2_trailer_with_space", "0\r\nA : b\r\n\r\n", "400"},
    {"s7_1_2_folded", "0\r\nA: b\r\n c\r\n\r\n", "400"},
    {"s7_1_2_lf_alone", "0\r\nA: b\n\r\n", "400"},
    {"s7_1_2_cr_inside", "0\r\nA: b\rc\r\n\r\n", "400"},
    {"s7_1_2_cr_cr_lf", "0\r\n\r\r\n", "400"},
    {"s6_5_1_framing_is_not_learnt", "0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nA: b\r\nHost: c\r\n\r\n",
     "<> A=b"},
    {"s6_5_1_credentials_are_not_learnt", "0\r\nauthorization: x\r\nCookie: y\r\n\r\n", "<>"},
    {"s6_5_1_where_it_came_from_is_not_learnt", "0\r\nForwarded: for=a\r\nX-Forwarded-For: b\r\n\r\n", "<>"},
    {"s6_5_1_bad_forbidden_trailer", "0\r\nContent-Length: \x01\r\n\r\n", "400"},
};

class Rfc9112Chunked : public testing::TestWithParam<Case> {};
TEST_P(Rfc9112Chunked, whole) { EXPECT_EQ(decode({GetParam().coded}), GetParam().want); }
TEST_P(Rfc9112Chunked, cut_anywhere)
{
    const auto coded = GetParam().coded;
    for (std::size_t cut = 0; cut <= coded.size(); ++cut)
        for (std::size_t second = cut; second <= coded.size(); ++second)
            ASSERT_EQ(decode({coded.substr(0, cut), coded.substr(cut, second - cut), coded.substr(second)}),
                      GetParam().want)
                << cut << ", " << second;
}
INSTANTIATE_TEST_SUITE_P(, Rfc9112Chunked, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(Chunked, bound_of_extensions_is_over_the_whole_content)
{
    const auto chunk = [](std::size_t extension) { return "1;" + std::string(extension, 'x') + "\r\na\r\n"; };
    // The CR that ends an extension counts with it.
    EXPECT_EQ(decode({chunk(4095) + "0\r\n\r\n"}), "<a>");
    EXPECT_EQ(decode({chunk(4096) + "0\r\n\r\n"}), "400");
    EXPECT_EQ(decode({chunk(2047), chunk(2047), "0\r\n\r\n"}), "<aa>");
    EXPECT_EQ(decode({chunk(2047), chunk(2048), "0\r\n\r\n"}), "400");
}

TEST(Chunked, bounds_of_trailers)
{
    http::Limits limits;
    limits.fields = 100;
    limits.field_lines = 3;
    const auto line = [](std::size_t octets) { return "A: " + std::string(octets - 5, 'b') + "\r\n"; };
    EXPECT_EQ(decode({"0\r\n" + line(50) + line(50) + "\r\n"}, limits).substr(0, 5), "<> A=");
    EXPECT_EQ(decode({"0\r\n" + line(50) + line(51) + "\r\n"}, limits), "431");
    EXPECT_EQ(decode({"0\r\n" + line(10) + line(10) + line(10) + "\r\n"}, limits).substr(0, 5), "<> A=");
    EXPECT_EQ(decode({"0\r\n" + line(10) + line(10) + line(10) + line(10) + "\r\n"}, limits), "431");
    EXPECT_EQ(decode({"0\r\nHost: a\r\nHost: a\r\nHost: a\r\nHost: a\r\n\r\n"}, limits), "431");
}

}  // namespace
}  // namespace cais::http1
