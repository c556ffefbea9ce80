#include "../wrapped.h"
#include "modules/redirect/redirect.h"

#include <gtest/gtest.h>

namespace cais::redirect {
namespace {

using test::Exchange;

Config read(std::string_view text, std::string& said)
{
    Config config;
    said = test::said_of(text, [&](config::Table& root) {
        if (auto table = root.table("redirect", Config::shorter)) config = Config::read(*table);
    });
    return config;
}

struct Case {
    const char* name;
    const char* to;
    const char* target;
    std::uint32_t matched;
    const char* want;  // Location
};

constexpr Case cases[] = {
    {"a_path", "/new", "/old/x", 5, "/new"},
    {"rest", "/new/{rest}", "/old/a/b", 5, "/new/a/b"},
    {"rest_of_nothing", "/new/{rest}", "/old/", 5, "/new/"},
    {"path", "/v2{path}", "/a/b", 1, "/v2/a/b"},
    {"path_after_a_slash", "/v2/{path}", "/a/b", 1, "/v2/a/b"},
    {"path_alone", "{path}", "/a", 1, "/a"},
    {"the_query_is_kept", "/new/{rest}", "/old/a?b=%20c", 5, "/new/a?b=%20c"},
    {"an_empty_query_is_kept", "/new", "/old?", 1, "/new?"},
    {"unless_it_has_one", "/new?x", "/old?a", 1, "/new?x"},
    {"query_by_word", "/new?x&{query}", "/old?a=1", 1, "/new?x&a=1"},
    {"query_that_is_not_there", "/new?{query}", "/old", 1, "/new"},
    {"before_the_fragment", "/new#top", "/old?a", 1, "/new?a#top"},
    {"path_as_a_parameter", "/login?next={path}", "/a&b=c/%C3%A9?x", 1, "/login?next=/a%26b%3Dc/%C3%A9"},
    {"another_host", "https://b.example/{rest}", "/a", 1, "https://b.example/a"},
    {"another_scheme", "https://{host}{path}", "/a", 1, "https://example.com/a"},
    {"www", "{scheme}://www.{host}/{rest}", "/a", 1, "http://www.example.com/a"},
    {"a_port", "https://{host}:8443{path}", "/a", 1, "https://example.com:8443/a"},
    {"escapes_are_written_anew", "/n/{rest}", "/%41%20%22%3Cb%3e%0", 1, nullptr},
    {"escapes_written", "/n/{rest}", "/%41%20%22%3Cb%3e'()*:@", 1, "/n/A%20%22%3Cb%3E%27%28%29%2A%3A%40"},
    {"a_question_mark_in_the_path", "/n/{rest}", "/a%3Fb%23c", 1, "/n/a%3Fb%23c"},
    {"backslashes_are_no_slashes", "/{rest}", "/\\evil.example", 1, "/%5Cevil.example"},
    {"utf8_as_written", "/\xC3\xBC/{rest}", "/a", 1, "/%C3%BC/a"},
    // A request that reached us with an empty segment in spite of the router.
    {"never_two_slashes_by_path", "{path}", "//evil.example/", 1, "/evil.example/"},
    {"never_two_slashes_by_rest", "/{rest}", "//evil.example/", 1, "/evil.example/"},
    {"never_many_slashes", "{path}", "////evil.example", 1, "/evil.example"},
    {"no_line_of_its_own", "/n?{query}", "/a?x%0d%0aSet-Cookie:a", 1, "/n?x%0d%0aSet-Cookie:a"},
};
class Rfc9110Location : public testing::TestWithParam<Case> {};
TEST_P(Rfc9110Location, made)
{
    const Case& want = GetParam();
    std::string said;
    Redirect redirect(read("redirect = \"" + std::string(want.to) + "\"", said));
    ASSERT_EQ(said, "");
    base::Arena arena;
    if (!http::parse_target(http::Method::get, want.target, arena)) {
        EXPECT_EQ(want.want, nullptr);
        return;
    }
    Exchange exchange(want.target);
    exchange.request.matched = want.matched;
    const auto answer = test::ask(redirect, exchange);
    EXPECT_EQ(answer.code, 307);
    EXPECT_EQ(answer.field("Location"), want.want);
}
INSTANTIATE_TEST_SUITE_P(, Rfc9110Location, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(Redirect, s15_4_9_status_and_every_method)
{
    std::string said;
    Redirect redirect(read("redirect = { to = \"/a\", status = 308 }", said));
    ASSERT_EQ(said, "");
    for (const auto method : {http::Method::get, http::Method::post, http::Method::options, http::Method::propfind}) {
        Exchange exchange("/x", method);
        EXPECT_EQ(test::ask(redirect, exchange).code, 308);
    }
}

TEST(Redirect, the_host_is_that_of_the_request_without_its_port)
{
    std::string said;
    Redirect redirect(read("redirect = \"https://{host}/\"", said));
    const std::pair<const char*, const char*> hosts[] = {
        {"a.example:8080", "https://a.example/"},
        {"[::1]:80", "https://[::1]/"},
        {"127.0.0.1", "https://127.0.0.1/"},
        {"a&b;c", "https://a%26b%3Bc/"},
    };
    for (const auto& [host, want] : hosts) {
        Exchange exchange("/");
        exchange.request.host = host;
        EXPECT_EQ(test::ask(redirect, exchange).field("Location"), want);
    }
    Exchange nameless("/");
    nameless.request.host = {};
    EXPECT_EQ(test::ask(redirect, nameless).code, 400);
}

struct Wrong {
    const char* name;
    const char* text;
    const char* said;
};
constexpr Wrong wrong[] = {
    {"nothing", "redirect = {}", "f:1:12: error: `redirect` wants `to`"},
    {"empty", "redirect = \"\"", "f:1:12: error: `to`: it is empty"},
    {"unknown_word", "redirect = \"/{reset}\"",
     "f:1:12: error: `to`: there is no word {reset}; there are {rest} {path} {query} {host} {scheme}"},
    {"open_brace", "redirect = \"/{rest\"", "f:1:12: error: `to`: a `{` without its `}`"},
    {"close_brace", "redirect = \"/rest}\"", "f:1:12: error: `to`: a `}` without its `{`"},
    {"two_slashes", "redirect = \"//b.example/\"",
     "f:1:12: error: `to`: two slashes at the beginning lead to another host; write https:// before them"},
    {"no_slash", "redirect = \"new/\"", "f:1:12: error: `to`: it begins with a slash, or with https:// or http://"},
    {"another_scheme", "redirect = \"javascript:alert(1)\"",
     "f:1:12: error: `to`: it begins with a slash, or with https:// or http://"},
    {"rest_alone", "redirect = \"{rest}\"", "f:1:12: error: `to`: it begins with a slash, or with https:// or http://"},
    {"a_part_of_the_host", "redirect = \"https://b.example{rest}\"",
     "f:1:12: error: `to`: a slash belongs behind the host, before {rest}"},
    {"a_host_by_the_query", "redirect = \"https://{query}/\"",
     "f:1:12: error: `to`: {query} stands behind a `?`; without one the query is kept anyway"},
    {"no_host", "redirect = \"https:///a\"", "f:1:12: error: `to`: the host: the host is empty"},
    {"user", "redirect = \"https://u@a/\"", "f:1:12: error: `to`: the host: user information before the host"},
    {"a_space", "redirect = \"/a b\"", "f:1:12: error: `to`: a space is written %20"},
    {"a_control", "redirect = \"/a\\nSet-Cookie:x\"",
     "f:1:12: error: `to`: no address holds a `\\x0a`; write it as an escape"},
    {"a_percent", "redirect = \"/100%\"", "f:1:12: error: `to`: a percent sign is written %25"},
    {"a_word_in_the_fragment", "redirect = \"/a#{rest}\"", "f:1:12: error: `to`: no word can stand behind the `#`"},
    {"status", "redirect = { to = \"/\", status = 304 }",
     "f:1:33: error: `status` of a redirect is 301, 302, 303, 307 or 308"},
};
class RedirectConfig : public testing::TestWithParam<Wrong> {};
TEST_P(RedirectConfig, refused)
{
    std::string said;
    read(GetParam().text, said);
    EXPECT_EQ(said, GetParam().said);
}
INSTANTIATE_TEST_SUITE_P(, RedirectConfig, testing::ValuesIn(wrong), [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::redirect
