#include "server/path_pattern.h"

#include <gtest/gtest.h>

namespace cais::server {
namespace {

using Kind = PathPattern::Kind;

TEST(PathPattern, is_read_by_its_form)
{
    constexpr struct {
        const char* text;
        Kind kind;
        const char* literal;
        const char* suffix;
    } cases[] = {
        {"/", Kind::prefix, "/", ""},
        {"/sub/", Kind::prefix, "/sub/", ""},
        {"/a.txt", Kind::exact, "/a.txt", ""},
        {"/a b", Kind::exact, "/a b", ""},
        {"/*.cgi", Kind::suffix, "/", ".cgi"},
        {"/app/*.php", Kind::suffix, "/app/", ".php"},
        {"/caf\xC3\xA9/", Kind::prefix, "/caf\xC3\xA9/", ""},
        {"/100%/", Kind::prefix, "/100%/", ""},
    };
    for (const auto& [text, kind, literal, suffix] : cases) {
        const auto pattern = PathPattern::parse(text);
        ASSERT_TRUE(pattern) << text << ": " << pattern.error().what;
        EXPECT_EQ(pattern->kind, kind) << text;
        EXPECT_EQ(pattern->literal, literal) << text;
        EXPECT_EQ(pattern->suffix, suffix) << text;
        EXPECT_EQ(pattern->text(), text);
        EXPECT_EQ(pattern->never_matches(), "") << text;
    }
}

TEST(PathPattern, that_means_nothing_is_refused)
{
    for (const char* text :
         {"", "a", "*", "/a*", "/*", "/a/*", "/*.a*", "/*.d/x", "/a?b", "/a#b", "/a%20b", "/%2F", "/\xFF"})
        EXPECT_FALSE(PathPattern::parse(text)) << text;
}

TEST(PathPattern, that_no_request_can_have_says_why)
{
    for (const char* text : {"//", "/a//b", "/a//", "/./a", "/a/..", "/a/../", "/.", "/a\nb", "/*.\x7F"}) {
        const auto pattern = PathPattern::parse(text);
        ASSERT_TRUE(pattern) << text;
        EXPECT_NE(pattern->never_matches(), "") << text;
    }
    for (const char* text : {"/...", "/.a", "/a..", "/..a/", "/.well-known/"})
        EXPECT_EQ(PathPattern::parse(text)->never_matches(), "") << text;
}

TEST(PathPattern, the_longest_literal_part_wins_then_exact_then_suffix)
{
    // The most preferred first; the order of the file is none.
    constexpr const char* order[] = {"/app/x.php", "/app/deep/", "/app",   "/app/*.inc.php",
                                     "/app/*.php", "/app/",      "/*.php", "/"};
    for (std::size_t i = 0; i < std::size(order); ++i)
        for (std::size_t j = 0; j < std::size(order); ++j)
            EXPECT_EQ(PathPattern::parse(order[i])->precedence(*PathPattern::parse(order[j])), j <=> i)
                << order[i] << " " << order[j];
}

TEST(PathPattern, is_the_same_where_it_matches_the_same)
{
    EXPECT_EQ(*PathPattern::parse("/a/"), *PathPattern::parse("/a/"));
    EXPECT_NE(*PathPattern::parse("/a/"), *PathPattern::parse("/a"));
    EXPECT_NE(*PathPattern::parse("/A"), *PathPattern::parse("/a"));
    EXPECT_NE(*PathPattern::parse("/*.a"), *PathPattern::parse("/*.b"));
}

}  // namespace
}  // namespace cais::server
