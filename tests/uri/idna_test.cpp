#include "conformance.h"
#include "uri/host.h"
#include "uri/idna.h"
#include "uri/punycode.h"

namespace cais::uri {
namespace {

// As the host of a URL with a special scheme, as the cases are meant. Gives how many there are.
int convert_all(const char* file)
{
    int cases = 0;
    for (const auto& element : conformance(file).as_array()) {
        if (element.is_string()) continue;  // a comment
        ++cases;
        const std::string input(element.at("input").as_string());
        // Otherwise than the case, which wants "": UTS 46 alone converts nothing to nothing; no URL has such a host.
        if (input.empty()) continue;
        std::string octets;  // the host parser decodes escapes, the cases are about what comes after
        for (const char c : input) octets += c == '%' ? "%25" : std::string(1, c);
        const auto host = parse_host(octets, false);
        const auto& want = element.at("output");
        const bool is_same = want.is_null() ? !host : host && host->name == std::string_view(want.as_string());
        EXPECT_TRUE(is_same) << file << ": " << boost::json::serialize(element) << " got "
                             << (host ? host->name : host.error().what);
    }
    return cases;
}

TEST(Uts46, toascii) { EXPECT_EQ(convert_all("wpt/url/toascii.json"), 87); }
TEST(Uts46, IdnaTestV2) { EXPECT_EQ(convert_all("wpt/url/IdnaTestV2.json"), 2671); }
TEST(Uts46, IdnaTestV2_removed) { EXPECT_EQ(convert_all("wpt/url/IdnaTestV2-removed.json"), 20); }

struct Case {
    const char* name;
    const char* domain;
    const char* want;  // empty: refused
};

constexpr Case cases[] = {
    // what the cases above leave out: rules for writing from right to left, for joiners
    {"ascii_is_not_looked_at", "XN--A.B_", "xn--a.b_"},
    {"s4_1_9_hebrew", "\u05D0\u05D1.com", "xn--4dbc.com"},
    {"s4_1_9_latin_within_hebrew", "\u05D0a\u05D1.com", ""},  // RFC 5893 §2, 2
    {"s4_1_9_hyphen_ends_hebrew", "\u05D0-.com", ""},         // 3
    {"s4_1_9_two_kinds_of_digits",
     "\u05D0\u0661"
     "1\u05D0",
     ""},                                                             // 4
    {"s4_1_9_digit_begins_beside_hebrew", "1a.\u05D0", ""},           // 1
    {"s4_1_9_digit_begins_beside_latin", "1a.\u00E9", "1a.xn--9ca"},  // a name that is not bidi
    {"s4_1_9_mark_may_end", "\u05D0\u05B7", "xn--fdb3c"},
    {"s4_1_8_virama_joins", "\u0915\u094D\u200D\u0937", "xn--11b2ezcw70k"},
    {"s4_1_8_joiner_alone", "a\u200D\u00E9", ""},
    {"s4_1_8_non_joiner_between_joining", "\u0646\u0627\u0645\u0647\u200C\u0627\u06CC", "xn--mgba3gch31f060k"},
    {"s5_capital_sharp_s", "\u1E9E", "xn--zca"},
    {"s5_full_stops", "a\u3002\u00E9\uFF0E\uFF43", "a.xn--9ca.c"},
    {"s5_dot_within_a_character", "1\u2024\u00E9", ""},
    {"s5_ignored", "a\u00ADb", "ab"},
    {"s5_ignored_alone", "\u00AD", ""},
    {"s4_4_encoded_within", "xn--9ca.\u00E9", "xn--9ca.xn--9ca"},
    {"s4_4_encoded_wrongly", "xn--a.\u00E9", ""},
    {"s4_4_encoded_twice", "xn--xn---9xa.\u00E9", ""},
    {"s4_4_encoded_for_nothing", "xn--a-.\u00E9", ""},
    {"newer_ideograph", "\U00031350", "xn--8o8n"},
};

class Uts46Domain : public testing::TestWithParam<Case> {};
TEST_P(Uts46Domain, to_ascii)
{
    const auto ascii = domain_to_ascii(GetParam().domain);
    EXPECT_EQ(ascii.value_or(""), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(, Uts46Domain, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

std::u32string characters(std::string_view utf8)
{
    std::u32string text;
    for (std::size_t i = 0; i < utf8.size();) {
        const auto first = static_cast<unsigned char>(utf8[i]);
        const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        char32_t c = length == 1 ? first : first & (0x7Fu >> length);
        for (std::size_t k = 1; k < length; ++k) c = (c << 6) | (static_cast<unsigned char>(utf8[i + k]) & 0x3F);
        text += c;
        i += length;
    }
    return text;
}

TEST(Rfc3492, cases_of_rust_url_both_ways)
{
    int count = 0;
    for (const auto& element : conformance("rust-url/punycode_tests.json").as_array()) {
        if (element.is_string()) continue;
        ++count;
        const std::string want(element.at("encoded").as_string());
        const std::u32string label = characters(std::string_view(element.at("decoded").as_string()));
        std::string encoded;
        append_punycode(encoded, label);
        EXPECT_EQ(encoded, want);
        EXPECT_EQ(decode_punycode(want).value_or(U"failed"), label) << want;
    }
    EXPECT_EQ(count, 25);
}

TEST(Rfc3492, s6_2_what_does_not_decode)
{
    for (const char* text :
         {"0", "-\xC3", "\xC3-", "ls8h=", "99999999", "999999999999999999999999999999", "9ca ", "a-9"})
        EXPECT_FALSE(decode_punycode(text)) << text;
}

}  // namespace
}  // namespace cais::uri
