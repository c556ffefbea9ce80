#include "http/target.h"

#include <gtest/gtest.h>
#include <string>

namespace cais::http {
namespace {

struct Case {
    const char* name;
    Method method;
    const char* raw;
    Target::Form form;
    const char* authority;
    const char* raw_path;
    const char* path;
    const char* query;  // null: has none
};

constexpr Case taken[] = {
    {"s3_2_1_root", Method::get, "/", Target::origin, "", "/", "/", nullptr},
    {"s3_2_1_path", Method::get, "/a/b.txt", Target::origin, "", "/a/b.txt", "/a/b.txt", nullptr},
    {"s3_2_1_query", Method::get, "/a?b=c&d", Target::origin, "", "/a", "/a", "b=c&d"},
    {"s3_2_1_empty_query", Method::get, "/a?", Target::origin, "", "/a", "/a", ""},
    {"s3_2_1_query_is_not_decoded", Method::get, "/?a=%2e%zz/../?", Target::origin, "", "/", "/", "a=%2e%zz/../?"},
    {"s3_2_1_unregistered_method", Method::other, "/a", Target::origin, "", "/a", "/a", nullptr},
    {"decoded_once", Method::get, "/%61%2562", Target::origin, "", "/%61%2562", "/a%62", nullptr},
    {"decoded_question_mark_is_no_query", Method::get, "/a%3Fb%23", Target::origin, "", "/a%3Fb%23", "/a?b#", nullptr},
    {"decoded_utf8", Method::get, "/%C3%A9", Target::origin, "", "/%C3%A9", "/\xC3\xA9", nullptr},
    {"empty_segments_stay", Method::get, "//a///b/", Target::origin, "", "//a///b/", "//a///b/", nullptr},
    {"dots_in_names", Method::get, "/.a/..b/c./d../.../a.b", Target::origin, "", "/.a/..b/c./d../.../a.b",
     "/.a/..b/c./d../.../a.b", nullptr},
    {"escaped_dots_in_names", Method::get, "/%2ea/a%2e%2e/%2e..", Target::origin, "", "/%2ea/a%2e%2e/%2e..",
     "/.a/a../...", nullptr},
    {"backslash_is_an_octet", Method::get, "/a\\b%5Cc", Target::origin, "", "/a\\b%5Cc", "/a\\b\\c", nullptr},
    {"looser_what_browsers_leave_raw", Method::get, "/[]{}|^`\"<>\\?[]{}|^`\"<>\\", Target::origin, "",
     "/[]{}|^`\"<>\\", "/[]{}|^`\"<>\\", "[]{}|^`\"<>\\"},
    {"s3_2_2_absolute", Method::get, "http://example.com:8080/a?b", Target::absolute, "example.com:8080", "/a", "/a",
     "b"},
    {"s3_2_2_scheme_in_any_case", Method::get, "HtTpS://[::1]/", Target::absolute, "[::1]", "/", "/", nullptr},
    {"s3_2_2_empty_path", Method::get, "http://a", Target::absolute, "a", "/", "/", nullptr},
    {"s3_2_2_empty_path_and_query", Method::get, "http://a?b/c", Target::absolute, "a", "/", "/", "b/c"},
    {"s3_2_2_put_too", Method::put, "http://a/%20", Target::absolute, "a", "/%20", "/ ", nullptr},
    {"s3_2_3_authority", Method::connect, "example.com:443", Target::authority_, "example.com:443", "", "", nullptr},
    {"s3_2_3_authority_ipv6", Method::connect, "[::1]:1", Target::authority_, "[::1]:1", "", "", nullptr},
    {"s3_2_4_asterisk", Method::options, "*", Target::asterisk, "", "*", "*", nullptr},
    {"s3_2_4_options_of_a_host", Method::options, "http://a:80", Target::asterisk, "a:80", "*", "*", nullptr},
    {"s3_2_4_options_of_a_root", Method::options, "http://a/", Target::absolute, "a", "/", "/", nullptr},
    {"s3_2_4_options_with_a_query", Method::options, "http://a?b", Target::absolute, "a", "/", "/", "b"},
    {"s3_2_4_options_of_a_resource", Method::options, "/a", Target::origin, "", "/a", "/a", nullptr},
};
class Rfc9112Target : public testing::TestWithParam<Case> {};
TEST_P(Rfc9112Target, taken)
{
    const Case& want = GetParam();
    base::Arena arena;
    const auto got = parse_target(want.method, want.raw, arena);
    ASSERT_TRUE(got) << got.error().what;
    EXPECT_EQ(got->form, want.form);
    EXPECT_EQ(got->authority, want.authority);
    EXPECT_EQ(got->raw_path, want.raw_path);
    EXPECT_EQ(got->path, want.path);
    EXPECT_EQ(got->has_query, want.query != nullptr);
    EXPECT_EQ(got->query, want.query == nullptr ? "" : want.query);
}
INSTANTIATE_TEST_SUITE_P(, Rfc9112Target, testing::ValuesIn(taken), [](auto& info) { return info.param.name; });

void refuses(Method method, std::initializer_list<std::string_view> targets)
{
    base::Arena arena;
    for (const std::string_view raw : targets) {
        const auto got = parse_target(method, raw, arena);
        ASSERT_FALSE(got) << text_of(method) << ' ' << raw;
        EXPECT_EQ(got.error().kind, Error::malformed) << text_of(method) << ' ' << raw;
    }
}

TEST(Target, s3_2_form_must_fit_the_method)
{
    refuses(Method::get, {"", "a", "a/b", "*", "?a", "a:80", "example.com:80", "://a/"});
    refuses(Method::options, {"", "**", "*?", "*/", "a:80"});
    refuses(Method::pri, {"*"});
    refuses(Method::other, {"*", "a"});
    refuses(Method::connect, {"", "/", "*", "a", "a:", "a:0", ":80", "u@a:80", "a:80/", "a:80?", "http://a:80"});
}

TEST(Target, s3_2_2_absolute_refused)
{
    refuses(Method::get, {"ftp://a/", "mailto:a", "http:/a", "http:a", "http:", "http://", "http:///a", "http://:80/",
                          "http://u@a/", "http://u:p@a/", "http://a b/", "http://a\\b/", "http://[::1/", "1http://a/",
                          "http://a/..", "http://a#", "http://a/#", "http://a/%"});
    refuses(Method::options, {"http://", "http://u@a", "ftp://a"});
}

TEST(Target, s3_2_octets_that_no_target_has)
{
    refuses(Method::get, {"/a b", "/ ", "/a\tb", "/a#b", "/a?b#c", "/\x7F", "/\xC3\xA9", "/?\xFF", "/a?b c", "/\r",
                          std::string_view("/\0", 2), std::string_view("/?\0", 3)});
}

TEST(Target, dot_segments_refused_however_spelled)
{
    refuses(Method::get,
            {"/.", "/..", "/./", "/../a", "/a/..", "/a/../b", "/a/./b", "//..", "/%2e", "/%2E%2e", "/.%2e/", "/%2e./a",
             "/a/%2e%2e?b", "/..?", "/..\\a", "/a\\..\\b", "/a%5C..%5cb", "/a\\%2e", "/%2e%5C"});
}

TEST(Target, escapes_refused)
{
    refuses(Method::get,
            {"/%", "/%4", "/%zz", "/a%2fb", "/a%2Fb", "/..%2f", "/%00", "/a%00.txt", "/a%0Ab", "/%1f", "/%7F"});
}

// An overlong slash and dot, a surrogate, half a sequence, Latin-1, above U+10FFFF.
TEST(Target, what_is_no_utf8_refused)
{
    refuses(Method::get,
            {"/%c0%af", "/%c0%ae%c0%ae/", "/%e0%80%af", "/%ed%a0%80", "/%C3", "/%E9", "/%f4%90%80%80", "/%FF"});
}

TEST(Target, without_an_escape_the_path_is_a_view_of_what_was_sent)
{
    base::Arena arena;
    const std::string_view raw = "/some/.well-known/file.html?query";
    const auto got = parse_target(Method::get, raw, arena);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->path.data(), raw.data());
    EXPECT_EQ(got->raw_path.data(), raw.data());
}

TEST(Target, empty_segments_are_said)
{
    base::Arena arena;
    for (const char* raw : {"//", "//a", "/a//b", "/a//", "/%73//x", "http://a//"})
        EXPECT_TRUE(parse_target(Method::get, raw, arena)->has_empty_segment) << raw;
    for (const char* raw : {"/", "/a/", "/a/b?//", "/\\", "/\\/a", "http://a", "http://a/"})
        EXPECT_FALSE(parse_target(Method::get, raw, arena)->has_empty_segment) << raw;
}

TEST(Rfc9110Host, s7_2_valid)
{
    for (const char* good : {"", "a", "a:80", "a:", "[::1]:80", "127.0.0.1", "xn--bcher-kva.example"})
        EXPECT_TRUE(valid_host(good)) << good;
    for (const char* bad : {" ", "a,b", "a, b", ":80", "a/b", "http://a", "u@a", "a:b", "[::1", "a\x80"})
        EXPECT_EQ(valid_host(bad), std::string_view(bad) == "a,b") << bad;  // a comma is a sub-delim
}

}  // namespace
}  // namespace cais::http
