#include "http1/framing.h"
#include "http1/request_parser.h"

#include <gtest/gtest.h>

namespace cais::http1 {
namespace {

using http::Version;

struct Case {
    const char* name;
    Version version;
    const char* fields;
    int status;  // 0: taken
    Framing::Kind kind = Framing::none;
    std::uint64_t bytes = 0;
};

constexpr Case cases[] = {
    {"s6_3_rule7_neither_is_none", Version::http_1_1, "Host: a\n", 0, Framing::none},
    {"s6_3_rule6_length", Version::http_1_1, "Content-Length: 12\n", 0, Framing::length, 12},
    {"s6_3_rule6_length_zero", Version::http_1_1, "Content-Length: 0\n", 0, Framing::length, 0},
    {"s6_3_rule6_length_in_1_0", Version::http_1_0, "Content-Length: 7\n", 0, Framing::length, 7},
    {"s8_6_leading_zeros", Version::http_1_1, "Content-Length: 0007\n", 0, Framing::length, 7},
    {"s8_6_largest", Version::http_1_1, "Content-Length: 18446744073709551615\n", 0, Framing::length, UINT64_MAX},
    {"s8_6_overflow", Version::http_1_1, "Content-Length: 18446744073709551616\n", 400},
    {"s8_6_far_overflow", Version::http_1_1, "Content-Length: 99999999999999999999999999\n", 400},
    {"s8_6_empty", Version::http_1_1, "Content-Length:\n", 400},
    {"s8_6_plus", Version::http_1_1, "Content-Length: +5\n", 400},
    {"s8_6_minus", Version::http_1_1, "Content-Length: -5\n", 400},
    {"s8_6_space_inside", Version::http_1_1, "Content-Length: 1 2\n", 400},
    {"s8_6_hexadecimal", Version::http_1_1, "Content-Length: 0x10\n", 400},
    {"s8_6_fraction", Version::http_1_1, "Content-Length: 5.0\n", 400},
    {"s8_6_list", Version::http_1_1, "Content-Length: 5, 5\n", 400},
    {"s6_3_rule5_two_equal", Version::http_1_1, "Content-Length: 5\nContent-Length: 5\n", 400},
    {"s6_3_rule5_two_different", Version::http_1_1, "Content-Length: 5\nContent-Length: 6\n", 400},
    {"s6_3_rule3_both", Version::http_1_1, "Content-Length: 5\nTransfer-Encoding: chunked\n", 400},
    {"s6_3_rule3_both_the_other_way", Version::http_1_1, "Transfer-Encoding: chunked\nContent-Length: 5\n", 400},
    {"s6_3_rule3_both_in_1_0", Version::http_1_0, "Transfer-Encoding: chunked\nContent-Length: 5\n", 400},
    {"s7_1_chunked", Version::http_1_1, "Transfer-Encoding: chunked\n", 0, Framing::chunked},
    {"s7_any_case", Version::http_1_1, "transfer-ENCODING: ChunKed\n", 0, Framing::chunked},
    {"s6_1_not_in_1_0", Version::http_1_0, "Transfer-Encoding: chunked\n", 400},
    {"s6_1_twice_in_one_line", Version::http_1_1, "Transfer-Encoding: chunked, chunked\n", 400},
    {"s6_1_twice_in_two_lines", Version::http_1_1, "Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n", 400},
    {"s6_3_rule4_not_last", Version::http_1_1, "Transfer-Encoding: chunked, gzip\n", 400},
    {"s6_3_rule4_not_there", Version::http_1_1, "Transfer-Encoding: gzip\n", 400},
    {"s6_3_rule4_identity", Version::http_1_1, "Transfer-Encoding: identity\n", 400},
    {"s6_3_rule4_nothing", Version::http_1_1, "Transfer-Encoding:\n", 400},
    {"s6_3_rule4_a_longer_word", Version::http_1_1, "Transfer-Encoding: xchunked\n", 400},
    {"s6_3_rule4_quoted", Version::http_1_1, "Transfer-Encoding: \"chunked\"\n", 400},
    {"s6_3_rule4_parameter", Version::http_1_1, "Transfer-Encoding: chunked;a=b\n", 400},
    {"s6_3_rule4_obs_text_before", Version::http_1_1,
     "Transfer-Encoding: \x8B"
     "chunked\n",
     400},
    {"s6_1_unknown_before", Version::http_1_1, "Transfer-Encoding: gzip, chunked\n", 501},
    {"s6_1_unknown_before_in_two_lines", Version::http_1_1, "Transfer-Encoding: gzip\nTransfer-Encoding: chunked\n",
     501},
    {"s5_6_1_2_stricter_empty_member_before", Version::http_1_1, "Transfer-Encoding: ,chunked\n", 400},
    {"s5_6_1_2_stricter_empty_member_after", Version::http_1_1, "Transfer-Encoding: chunked,\n", 400},
    {"s5_6_1_2_stricter_empty_line_before", Version::http_1_1, "Transfer-Encoding:\nTransfer-Encoding: chunked\n", 400},
};

class Rfc9112Framing : public testing::TestWithParam<Case> {};

TEST_P(Rfc9112Framing, request)
{
    base::Arena arena;
    http::Fields fields(arena);
    std::string_view rest = GetParam().fields;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        const auto fault = parse_field_line(rest.substr(0, end), fields);
        ASSERT_FALSE(fault) << fault.what;
        rest.remove_prefix(end + 1);
    }
    const auto framing = request_framing(GetParam().version, fields);
    const int status = framing ? 0 : framing.error().kind == Error::unsupported ? 501 : 400;
    ASSERT_EQ(status, GetParam().status);
    if (!framing) return;
    EXPECT_EQ(framing->kind, GetParam().kind);
    EXPECT_EQ(framing->bytes, GetParam().bytes);
}
INSTANTIATE_TEST_SUITE_P(, Rfc9112Framing, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::http1
