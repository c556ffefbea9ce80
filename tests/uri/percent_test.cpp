#include "uri/percent.h"

#include <gtest/gtest.h>
#include <string>

namespace cais::uri {
namespace {

TEST(Percent, s2_1_decodes_once)
{
    base::Arena arena;
    struct Case {
        std::string_view text, want;
    };
    for (const auto& [text, want] : {Case{"", ""},
                                     {"a/b", "a/b"},
                                     {"%41%42c", "ABc"},
                                     {"%25%34%31", "%41"},
                                     {"%C3%a9", "\xC3\xA9"},
                                     {"a%00b", {"a\0b", 3}},
                                     {"%2f", "/"}}) {
        const auto got = percent_decode(text, arena);
        ASSERT_TRUE(got) << text;
        EXPECT_EQ(*got, want) << text;
    }
}

TEST(Percent, without_an_escape_nothing_is_copied)
{
    base::Arena arena;
    const std::string_view text = "/plain/text";
    EXPECT_EQ(percent_decode(text, arena)->data(), text.data());
}

TEST(Percent, s2_1_refuses_half_an_escape)
{
    base::Arena arena;
    for (const char* bad : {"%", "%4", "a%", "%%41", "%4g", "%g4", "%+1", "% 1", "%0x", "%u0041"})
        EXPECT_FALSE(percent_decode(bad, arena)) << bad;
}

TEST(Percent, what_is_written_is_read)
{
    std::string octets;
    for (unsigned c = 0; c < 256; ++c) octets += static_cast<char>(c);
    std::string text;
    append_percent_encoded(text, octets, path_segment);
    base::Arena arena;
    EXPECT_EQ(*percent_decode(text, arena), octets);
    for (const char c : text) EXPECT_TRUE(unreserved.has(c) || c == '%');
}

TEST(Percent, segments_and_paths)
{
    std::string text;
    append_percent_encoded(text, "a b/\xC3\xA9:?#%", path_segment);
    EXPECT_EQ(text, "a%20b%2F%C3%A9%3A%3F%23%25");
    text.clear();
    append_percent_encoded(text, "/a b/c", path);
    EXPECT_EQ(text, "/a%20b/c");
}

TEST(Percent, s3_4_a_query_as_it_was_sent)
{
    for (const auto& [sent, written] : {
             std::pair<std::string_view, std::string_view>{"", ""},
             {"a=b&c=/d?e:@!$'()*+,;-._~", "a=b&c=/d?e:@!$'()*+,;-._~"},
             {"%20%c3%A9%2F", "%20%c3%A9%2F"},
             {"x[]={a|b}^`\"<>\\", "x%5B%5D=%7Ba%7Cb%7D%5E%60%22%3C%3E%5C"},
             {"%", "%25"},
             {"%zz%4", "%25zz%254"},
             {"%%41", "%25%41"},
         }) {
        std::string text;
        append_query(text, sent);
        EXPECT_EQ(text, written);
    }
}

}  // namespace
}  // namespace cais::uri
