#include "../wrapped.h"
#include "modules/respond/respond.h"

#include <gtest/gtest.h>

namespace cais::respond {
namespace {

using test::Exchange;

Config read(std::string_view text, std::string& said)
{
    Config config;
    said = test::said_of(text, [&](config::Table& root) {
        if (auto table = root.table("respond", Config::shorter)) config = Config::read(*table);
    });
    return config;
}

struct Case {
    const char* name;
    const char* text;
    int code;
    const char* type;
    const char* content;  // null: a page of ours
};
constexpr Case cases[] = {
    {"content", "respond = { content = \"ok\\n\" }", 200, "text/plain; charset=utf-8", "ok\n"},
    {"all", "respond = { status = 503, content = \"<p>Soon.\", type = \"text/html; charset=utf-8\" }", 503,
     "text/html; charset=utf-8", "<p>Soon."},
    {"status_alone", "respond = 410", 410, "text/plain; charset=utf-8", nullptr},
    {"no_content", "respond = 204", 204, "", ""},
    {"nothing", "respond = {}", 200, "", ""},
};
class RespondCases : public testing::TestWithParam<Case> {};
TEST_P(RespondCases, answers)
{
    std::string said;
    Respond respond(read(GetParam().text, said));
    ASSERT_EQ(said, "");
    for (const auto method : {http::Method::get, http::Method::post, http::Method::options}) {
        Exchange exchange("/", method);
        const auto answer = test::ask(respond, exchange);
        EXPECT_EQ(answer.code, GetParam().code);
        EXPECT_EQ(answer.field("Content-Type"), GetParam().type);
        if (GetParam().content != nullptr) EXPECT_EQ(answer.content, GetParam().content);
        else EXPECT_NE(answer.content, "");
    }
}
INSTANTIATE_TEST_SUITE_P(, RespondCases, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

struct Wrong {
    const char* name;
    const char* text;
    const char* said;
};
constexpr Wrong wrong[] = {
    {"interim", "respond = 100", "f:1:11: error: a final status is from 200 to 599"},
    {"no_status", "respond = 600", "f:1:11: error: a final status is from 200 to 599"},
    {"unauthorized", "respond = 401", "f:1:11: error: 401 needs a challenge; `auth` is what asks for a password"},
    {"not_modified", "respond = 304", "f:1:11: error: this status answers a field of the request; it cannot be fixed"},
    {"redirect", "respond = 302", "f:1:11: error: `redirect` is what sends a client elsewhere"},
    {"content_of_204", "respond = { status = 204, content = \"x\" }", "f:1:37: error: a 204 has no content"},
    {"type", "respond = { content = \"x\", type = \"html\" }", "f:1:35: error: this is no media type"},
    {"unknown", "respond = { body = \"x\" }", "f:1:13: error: unknown key `body` in `respond`"},
};
class RespondConfig : public testing::TestWithParam<Wrong> {};
TEST_P(RespondConfig, refused)
{
    std::string said;
    read(GetParam().text, said);
    EXPECT_EQ(said, GetParam().said);
}
INSTANTIATE_TEST_SUITE_P(, RespondConfig, testing::ValuesIn(wrong), [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::respond
