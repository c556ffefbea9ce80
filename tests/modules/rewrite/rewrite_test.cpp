#include "../wrapped.h"
#include "modules/rewrite/rewrite.h"

#include <gtest/gtest.h>

namespace cais::rewrite {
namespace {

using test::Exchange;

struct Case {
    const char* name;
    const char* text;  // of the route's table
    const char* target;
    std::uint32_t matched;
    const char* path;  // that the module sees; null: 404, and it sees nothing
    const char* query;
};
constexpr Case cases[] = {
    {"strip", "strip = \"/api\"", "/api/v1/x?q", 5, "/v1/x", "?q"},
    {"strip_text", "strip = \"/api\"", "/api/v1/x", 8, "/v1/x", ""},
    {"strip_text_alone", "strip = \"/api\"", "/api", 1, "/", ""},
    {"strip_on_a_border", "strip = \"/api\"", "/apis/x", 1, "/apis/x", ""},
    {"strip_decoded", "strip = \"/a b\"", "/%61%20b/x%20y", 1, "/x y", ""},
    {"strip_text_that_is_not_there", "strip = \"/api\"", "/x", 1, "/x", ""},
    {"strip_leaves_no_two_slashes", "strip = \"/api\"", "/api//x", 5, nullptr, ""},
    {"strip_leaves_no_empty_segment", "strip = \"/api\"", "/api/x//y", 5, nullptr, ""},
    {"rewrite", "rewrite = \"/v2/{rest}\"", "/v1/a%20b?q=1", 4, "/v2/a b", "?q=1"},
    {"rewrite_to_a_query", "rewrite = \"/index.php?p={path}\"", "/a/b?q", 1, "/index.php", "?p=/a/b"},
    {"rewrite_query_too", "rewrite = \"/index.php?p={rest}&{query}\"", "/a/b?q", 1, "/index.php", "?p=a/b&q"},
    {"rewrite_a_question_mark", "rewrite = \"/x/{rest}\"", "/a%3Fb", 1, "/x/a?b", ""},
    {"rewrite_no_way_up", "rewrite = \"/x.{rest}\"", "/./a", 1, nullptr, ""},
};
class RewritingCases : public testing::TestWithParam<Case> {};
TEST_P(RewritingCases, the_module_sees)
{
    const Case& want = GetParam();
    test::Wrapped wrapped;
    std::unique_ptr<http::Handler> handler;
    const auto said = test::said_of(want.text, [&](config::Table& root) {
        if (root.has("strip")) handler = std::make_unique<Strip>(*root.text("strip"), wrapped);
        if (root.has("rewrite")) handler = std::make_unique<Rewrite>(Config::read(root, "rewrite"), wrapped);
    });
    ASSERT_EQ(said, "");
    base::Arena arena;
    if (!http::parse_target(http::Method::get, want.target, arena)) return;  // no request has it
    Exchange exchange(want.target);
    exchange.request.matched = want.matched;
    const std::string asked(exchange.request.target.path);
    const auto answer = test::ask(*handler, exchange);
    if (want.path == nullptr) {
        EXPECT_EQ(answer.code, 404);
        EXPECT_EQ(wrapped.asked, 0);
        return;
    }
    EXPECT_EQ(wrapped.path, want.path);
    EXPECT_EQ(wrapped.query, want.query);
    EXPECT_EQ(wrapped.public_path, asked);
}
INSTANTIATE_TEST_SUITE_P(, RewritingCases, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(Rewriting, one_after_the_other_keeps_what_was_asked_for)
{
    test::Wrapped wrapped;
    Strip inner("/x", wrapped);
    Strip outer("/a", inner);
    Exchange exchange("/a/x/y");
    exchange.request.matched = 3;
    [[maybe_unused]] const auto answer = test::ask(outer, exchange);
    EXPECT_EQ(wrapped.path, "/y");
    EXPECT_EQ(wrapped.rest, "y");
    EXPECT_EQ(wrapped.public_path, "/a/x/y");
}

struct Wrong {
    const char* name;
    const char* text;
    const char* said;
};
constexpr Wrong wrong[] = {
    {"rewrite_elsewhere", "rewrite = \"https://a/\"", "f:1:11: error: `rewrite`: it begins with a slash"},
    {"rewrite_fragment", "rewrite = \"/a#b\"",
     "f:1:11: error: `rewrite`: a path has no fragment; a `#` is written %23"},
};
class RewriteConfigs : public testing::TestWithParam<Wrong> {};
TEST_P(RewriteConfigs, refused)
{
    const auto said = test::said_of(GetParam().text, [](config::Table& root) {
        [[maybe_unused]] const auto config = Config::read(root, "rewrite");
    });
    EXPECT_EQ(said, GetParam().said);
}
INSTANTIATE_TEST_SUITE_P(, RewriteConfigs, testing::ValuesIn(wrong), [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::rewrite
