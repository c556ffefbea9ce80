#include "base/text.h"

#include <fstream>
#include <gtest/gtest.h>
#include <string>

namespace cais::base {
namespace {

TEST(Decimal, takes_digits_only)
{
    EXPECT_EQ(parse_decimal("0"), 0u);
    EXPECT_EQ(parse_decimal("18446744073709551615"), UINT64_MAX);
    for (const char* bad : {"", "+1", "-1", " 1", "1 ", "0x1", "1.0", "18446744073709551616", "99999999999999999999"})
        EXPECT_FALSE(parse_decimal(bad)) << bad;
}

TEST(Text, trim_takes_spaces_and_tabs_off_both_ends)
{
    EXPECT_EQ(trim(" \t a b\t "), "a b");
    EXPECT_EQ(trim(" \t "), "");
    EXPECT_EQ(trim("\ra\n"), "\ra\n");
}

TEST(Text, printable_lets_no_control_pass)
{
    std::string text;
    append_printable(text, "a\x1b[31m\x7f\xc2\x9b\xff\"\\\xc3\xa9");
    EXPECT_EQ(text, "a\\x1b[31m\\x7f\\xc2\\x9b\\xff\\\"\\\\\xc3\xa9");
}

TEST(Text, json_string_escapes_and_replaces)
{
    std::string text;
    append_json_string(text, std::string_view("a\"\\\n\0\xff\xc3\xa9", 8));
    EXPECT_EQ(text, "\"a\\\"\\\\\\n\\u0000\xEF\xBF\xBD\xc3\xa9\"");
}

// What pairs of hexadecimal digits stand for, whatever is between them.
std::string octets_of(std::string_view hex)
{
    std::string digits, octets;
    for (const char c : hex)
        if (hex_value(c) >= 0) digits += c;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        octets += static_cast<char>(hex_value(digits[i]) * 16 + hex_value(digits[i + 1]));
    return octets;
}

// Lines `number:valid:ascii`, `number:valid hex:BYTES`, `number:invalid hex:BYTES:SKIPPED:REPLACED` of utf8tests.txt; six of them have
// spaces around their colons.
TEST(Utf8, agrees_with_the_utf8tests)
{
    std::ifstream file(CAIS_CONFORMANCE "/utf8tests/utf8tests.txt");
    ASSERT_TRUE(file) << "tests/conformance/utf8tests is missing";
    int valid = 0, invalid = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        const auto first = line.find(':'), second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string kind(trim(std::string_view(line).substr(first + 1, second - first - 1)));
        const std::string rest = line.substr(second + 1);
        std::string octets;
        if (kind == "valid") octets = rest;
        else octets = octets_of(rest.substr(0, rest.find(':')));
        const bool want = kind.starts_with("valid");
        EXPECT_EQ(is_utf8(octets), want) << line;
        std::string replaced;
        append_utf8(replaced, octets);
        EXPECT_EQ(replaced, want ? octets : octets_of(line.substr(line.rfind(':') + 1))) << line;
        ++(want ? valid : invalid);
    }
    EXPECT_EQ(valid, 77);
    EXPECT_EQ(invalid, 145);
}

}  // namespace
}  // namespace cais::base
