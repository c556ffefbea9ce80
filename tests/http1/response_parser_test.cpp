#include "http1/framing.h"
#include "http1/response_parser.h"

#include <gtest/gtest.h>
#include <string>

namespace cais::http1 {
namespace {

using Outcome = ResponseParser::Outcome;
using namespace std::string_view_literals;

// What a head came to, in words: "1.1 200 <OK> [Server=x]" or "refused".
std::string in_words(Outcome outcome, const ResponseParser& parser, const http::Fields& fields)
{
    if (outcome == Outcome::incomplete) return "incomplete";
    if (outcome == Outcome::refused) {
        EXPECT_STRNE(parser.error().what, "");
        EXPECT_STRNE(parser.error().source, "");
        if (parser.error().kind == Error::too_large) return "too large";
        return parser.error().kind == Error::unsupported ? "unsupported" : "malformed";
    }
    std::string text(http::text_of(parser.version()).substr(5));
    text += " " + std::to_string(http::code_of(parser.status())) + " <";
    text.append(parser.reason()) += '>';
    for (const auto& line : fields) (((text += " [") += line.name()) += '=').append(line.value()) += ']';
    return text;
}

std::string parse_cut(std::string_view head, std::initializer_list<std::size_t> cuts, const http::Limits& limits = {})
{
    base::Arena arena;
    http::Fields fields(arena);
    ResponseParser parser(limits);
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

constexpr Case cases[] = {
    {"s4_simple", "HTTP/1.1 200 OK\r\nServer: a\r\n\r\n", "1.1 200 <OK> [Server=a]"},
    {"s4_no_fields", "HTTP/1.0 404 Not Found\r\n\r\n", "1.0 404 <Not Found>"},
    {"s4_no_reason", "HTTP/1.1 200 \r\n\r\n", "1.1 200 <>"},
    {"s4_reason_with_spaces", "HTTP/1.1 200  a  b \r\n\r\n", "1.1 200 < a  b >"},
    {"s4_reason_with_obs_text", "HTTP/1.1 200 \xC3\xA9t\xE9\r\n\r\n", "1.1 200 <\xC3\xA9t\xE9>"},
    {"s4_unregistered_code", "HTTP/1.1 299 \r\n\r\n", "1.1 299 <>"},
    {"s4_interim", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n", "1.1 103 <Early Hints> [Link=a]"},
    {"s4_unfinished", "HTTP/1.1 200 OK\r\nServer: a\r\n", "incomplete"},
    {"s4_unfinished_line", "HTTP/1.1 2", "incomplete"},
    {"s4_stricter_no_space_after_code", "HTTP/1.1 200\r\n\r\n", "malformed"},
    {"s4_no_code", "HTTP/1.1 \r\n\r\n", "malformed"},
    {"s4_two_digits", "HTTP/1.1 20 OK\r\n\r\n", "malformed"},
    {"s4_four_digits", "HTTP/1.1 2000 OK\r\n\r\n", "malformed"},
    {"s4_letters", "HTTP/1.1 2x0 OK\r\n\r\n", "malformed"},
    {"s4_sign", "HTTP/1.1 +20 OK\r\n\r\n", "malformed"},
    {"s4_two_spaces", "HTTP/1.1  200 OK\r\n\r\n", "malformed"},
    {"s4_tab", "HTTP/1.1\t200\tOK\r\n\r\n", "malformed"},
    {"s4_space_first", " HTTP/1.1 200 OK\r\n\r\n", "malformed"},
    {"s4_empty_line_first", "\r\nHTTP/1.1 200 OK\r\n\r\n", "malformed"},
    {"s4_control_in_reason", "HTTP/1.1 200 O\x01K\r\n\r\n", "malformed"},
    {"s4_cr_in_reason", "HTTP/1.1 200 O\rK\r\n\r\n", "malformed"},
    {"s4_nul_in_reason", "HTTP/1.1 200 O\0K\r\n\r\n"sv, "malformed"},
    {"s2_2_lf_alone", "HTTP/1.1 200 OK\nServer: a\r\n\r\n", "malformed"},
    {"s2_2_lf_alone_in_fields", "HTTP/1.1 200 OK\r\nServer: a\n\r\n", "malformed"},
    {"s2_3_lower_case", "http/1.1 200 OK\r\n\r\n", "malformed"},
    {"s2_3_icy", "ICY 200 OK\r\n\r\n", "malformed"},
    {"s2_3_another_protocol", "SSH-2.0-OpenSSH_9.2\r\n", "malformed"},
    {"s2_3_two_digits", "HTTP/1.10 200 OK\r\n\r\n", "malformed"},
    {"s2_3_higher_minor", "HTTP/1.7 200 OK\r\n\r\n", "1.1 200 <OK>"},
    {"s2_3_http_2", "HTTP/2.0 200 OK\r\n\r\n", "unsupported"},
    {"s2_3_http_0", "HTTP/0.9 200 OK\r\n\r\n", "unsupported"},
    {"rfc9110_s15_99", "HTTP/1.1 099 A\r\n\r\n", "malformed"},
    {"rfc9110_s15_600", "HTTP/1.1 600 A\r\n\r\n", "malformed"},
    {"rfc9110_s15_999", "HTTP/1.1 999 A\r\n\r\n", "malformed"},
    {"s5_space_around_value", "HTTP/1.1 200 OK\r\nA: \t b \t\r\n\r\n", "1.1 200 <OK> [A=b]"},
    {"s5_1_stricter_space_before_colon", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "malformed"},
    {"s5_2_stricter_fold", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "malformed"},
    {"s5_no_colon", "HTTP/1.1 200 OK\r\nA\r\n\r\n", "malformed"},
    {"s5_no_name", "HTTP/1.1 200 OK\r\n: a\r\n\r\n", "malformed"},
    {"rfc9110_s5_5_control", "HTTP/1.1 200 OK\r\nA: b\x7F\r\n\r\n", "malformed"},
};

class Rfc9112Response : public testing::TestWithParam<Case> {};

TEST_P(Rfc9112Response, whole) { EXPECT_EQ(parse_cut(GetParam().head, {}), GetParam().want); }

TEST_P(Rfc9112Response, cut_anywhere)
{
    for (std::size_t cut = 0; cut <= GetParam().head.size(); ++cut)
        EXPECT_EQ(parse_cut(GetParam().head, {cut}), GetParam().want) << "cut at " << cut;
}

// No part of a head is taken for the whole.
TEST_P(Rfc9112Response, truncated_anywhere)
{
    if (std::string_view(GetParam().want).find('<') == std::string_view::npos) return;
    for (std::size_t end = 0; end < GetParam().head.size(); ++end)
        EXPECT_EQ(parse_cut(GetParam().head.substr(0, end), {}), "incomplete") << "ends at " << end;
}

INSTANTIATE_TEST_SUITE_P(, Rfc9112Response, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(Rfc9112ResponseLimits, are_kept_to_the_octet)
{
    http::Limits limits;
    limits.request_line = 15;
    limits.fields = 12;
    limits.field_lines = 2;
    EXPECT_EQ(parse_cut("HTTP/1.1 200 OK\r\n\r\n", {}, limits), "1.1 200 <OK>");
    EXPECT_EQ(parse_cut("HTTP/1.1 200 OKK\r\n\r\n", {}, limits), "too large");
    EXPECT_EQ(parse_cut("HTTP/1.1 200 OKKKKKKKKKKKKKKK", {}, limits), "too large");
    EXPECT_EQ(parse_cut("HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n", {}, limits), "1.1 200 <OK> [A=b] [C=d]");
    EXPECT_EQ(parse_cut("HTTP/1.1 200 OK\r\nA: b\r\nC: de\r\n\r\n", {}, limits), "too large");
    EXPECT_EQ(parse_cut("HTTP/1.1 200 OK\r\nA:b\r\nC:d\r\nE:\r\n\r\n", {}, limits), "too large");
}

struct FramingCase {
    const char* name;
    const char* method;
    const char* head;
    const char* want;
};

std::string framing_in_words(const FramingCase& given)
{
    base::Arena arena;
    http::Fields fields(arena);
    const http::Limits limits;
    ResponseParser parser(limits);
    const std::string head = std::string("HTTP/") + given.head + "\r\n\r\n";
    EXPECT_EQ(parser.parse(head, fields), Outcome::complete);
    const auto framing = received_framing(given.method, parser.status(), parser.version(), fields);
    if (!framing) return framing.error().kind == Error::unsupported ? "unsupported" : "malformed";
    switch (framing->kind) {
    case Framing::none: return "none";
    case Framing::length: return std::to_string(framing->bytes);
    case Framing::chunked: return "chunked";
    case Framing::close: return "close";
    }
    return "";
}

constexpr FramingCase framings[] = {
    {"rule_1_head", "HEAD", "1.1 200 OK\r\nContent-Length: 5", "none"},
    {"rule_1_head_chunked", "HEAD", "1.1 200 OK\r\nTransfer-Encoding: chunked", "none"},
    {"rule_1_no_content", "GET", "1.1 204 No Content\r\nContent-Length: 5", "none"},
    {"rule_1_not_modified", "GET", "1.1 304 Not Modified\r\nContent-Length: 5", "none"},
    {"rule_1_interim", "GET", "1.1 103 Early Hints\r\nContent-Length: 5", "none"},
    {"rule_2_tunnel", "CONNECT", "1.1 200 OK\r\nContent-Length: 5", "none"},
    {"rule_2_no_tunnel", "CONNECT", "1.1 407 Who\r\nContent-Length: 5", "5"},
    {"rule_3_both", "GET", "1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", "malformed"},
    {"rule_4_chunked", "GET", "1.1 200 OK\r\nTransfer-Encoding: chunked", "chunked"},
    {"rule_4_any_case", "GET", "1.1 200 OK\r\nTransfer-Encoding: CHUNKED", "chunked"},
    {"rule_4_other_coding", "GET", "1.1 200 OK\r\nTransfer-Encoding: gzip, chunked", "unsupported"},
    {"rule_4_chunked_not_last", "GET", "1.1 200 OK\r\nTransfer-Encoding: chunked, gzip", "malformed"},
    {"rule_4_chunked_twice", "GET", "1.1 200 OK\r\nTransfer-Encoding: chunked, chunked", "malformed"},
    {"rule_4_identity", "GET", "1.1 200 OK\r\nTransfer-Encoding: identity", "malformed"},
    {"rule_4_empty", "GET", "1.1 200 OK\r\nTransfer-Encoding:", "malformed"},
    {"s6_1_http_1_0", "GET", "1.0 200 OK\r\nTransfer-Encoding: chunked", "malformed"},
    {"rule_5_no_number", "GET", "1.1 200 OK\r\nContent-Length: five", "malformed"},
    {"rule_5_sign", "GET", "1.1 200 OK\r\nContent-Length: +5", "malformed"},
    {"rule_5_overflow", "GET", "1.1 200 OK\r\nContent-Length: 18446744073709551616", "malformed"},
    {"rule_5_stricter_equal_lines", "GET", "1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5", "malformed"},
    {"rule_5_stricter_equal_members", "GET", "1.1 200 OK\r\nContent-Length: 5, 5", "malformed"},
    {"rule_6_length", "GET", "1.1 200 OK\r\nContent-Length: 5", "5"},
    {"rule_6_zero", "GET", "1.1 200 OK\r\nContent-Length: 0", "0"},
    {"rule_8_close", "GET", "1.1 200 OK", "close"},
    {"rule_8_http_1_0", "GET", "1.0 200 OK\r\nConnection: keep-alive", "close"},
};

class Rfc9112ReceivedFraming : public testing::TestWithParam<FramingCase> {};
TEST_P(Rfc9112ReceivedFraming, of_a_response) { EXPECT_EQ(framing_in_words(GetParam()), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(, Rfc9112ReceivedFraming, testing::ValuesIn(framings),
                         [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::http1
