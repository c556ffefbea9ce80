#include "base/base64.h"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace cais::base {
namespace {

using namespace std::string_view_literals;

struct Case {
    std::string_view octets;
    std::string_view text;
};

constexpr Case cases[] = {
    {"", ""},
    {"f", "Zg=="},  // the vectors of RFC 4648 §10
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\0\0\0"sv, "AAAA"},
    {"\xff\xff\xff", "////"},
    {"\xfb\xef\xbe", "++++"},
    {"\0"sv, "AA=="},
};

TEST(Rfc4648Base64, s10_vectors_both_ways)
{
    for (const auto& [octets, text] : cases) {
        EXPECT_EQ(to_base64(octets), text);
        const auto back = from_base64(text);
        ASSERT_TRUE(back) << text << ": " << back.error().what;
        EXPECT_EQ(*back, octets) << text;
    }
}

TEST(Rfc4648Base64, every_octet_comes_back_at_every_length)
{
    std::string octets;
    for (int i = 0; i < 259; ++i) {
        const auto back = from_base64(to_base64(octets));
        ASSERT_TRUE(back) << i;
        EXPECT_EQ(*back, octets) << i;
        octets += static_cast<char>(i * 7);
    }
}

TEST(Rfc4648Base64, s3_3_what_is_outside_the_alphabet_is_refused)
{
    for (const auto bad : {"Zm9 "sv, " Zm9v"sv, "Zm9v\n"sv, "Zm\n9v"sv, "Zm9-"sv, "Zm9_"sv, "Zm9\0"sv, "Zm9\xff"sv,
                           "Z=9v"sv, "=m9v"sv, "Zg==Zg=="sv, "===="sv, "Zg=g"sv}) {
        EXPECT_FALSE(from_base64(bad)) << bad;
        EXPECT_FALSE(from_base64(bad, Padding::optional)) << bad;
    }
}

TEST(Rfc4648Base64, s3_2_padding_is_required_unless_told)
{
    for (const auto bad : {"Zg"sv, "Zg="sv, "Zm8"sv, "Z"sv, "Z==="sv, "Zm9v="sv, "Zm9v===="sv})
        EXPECT_FALSE(from_base64(bad)) << bad;
    EXPECT_EQ(from_base64("Zg", Padding::optional), "f");
    EXPECT_EQ(from_base64("Zm8", Padding::optional), "fo");
    EXPECT_EQ(from_base64("Zg==", Padding::optional), "f");
    // Neither is half a padding one.
    for (const auto bad : {"Zg="sv, "Z"sv, "Z="sv, "Zm9v="sv}) EXPECT_FALSE(from_base64(bad, Padding::optional)) << bad;
}

TEST(Rfc4648Base64, s3_5_bits_after_the_last_octet_are_zero)
{
    for (const auto bad : {"Zh=="sv, "Zm9="sv, "Zv=="sv})
        EXPECT_FALSE(from_base64(bad)) << bad;  // one meaning, one text
    EXPECT_FALSE(from_base64("Zh", Padding::optional));
}

TEST(Rfc4648Base64, s5_for_urls)
{
    EXPECT_EQ(to_base64url("\xFB\xFF\xFE"), "-__-");
    EXPECT_EQ(to_base64url("f"), "Zg");
    EXPECT_EQ(to_base64url(""), "");
    EXPECT_EQ(from_base64url("-__-"), "\xFB\xFF\xFE");
    EXPECT_EQ(from_base64url("Zg"), "f");
    EXPECT_EQ(from_base64url("Zg=="), "f");
    for (const auto bad : {"+//+"sv, "Zg="sv, "Zh"sv, "a b"sv}) EXPECT_FALSE(from_base64url(bad)) << bad;
}

}  // namespace
}  // namespace cais::base
