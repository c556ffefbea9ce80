#include "../wrapped.h"
#include "modules/headers/headers.h"

#include <gtest/gtest.h>

namespace cais::headers {
namespace {

using test::Exchange;
using Lines = std::vector<std::pair<std::string, std::string>>;

Config read(std::string_view text, std::string& said)
{
    Config config;
    said = test::said_of(text, [&](config::Table& root) {
        if (auto table = root.table("headers")) config = Config::read(*table);
    });
    return config;
}

struct Case {
    const char* name;
    const char* text;
    Lines before;
    const char* after;
};
const Case cases[] = {
    {"added", "headers = { X-Frame-Options = \"DENY\" }", {}, "X-Frame-Options: DENY\n"},
    {"replaced", "headers = { X-A = \"new\" }", {{"x-a", "1"}, {"B", "2"}, {"X-A", "3"}}, "B: 2\nX-A: new\n"},
    {"removed", "headers = { ETag = false, X-A = false }", {{"ETag", "\"1\""}, {"x-a", "1"}, {"B", "2"}}, "B: 2\n"},
    {"several_lines", "headers = { Link = [\"<a>\", \"<b>\"] }", {{"Link", "<c>"}}, "Link: <a>\nLink: <b>\n"},
    {"an_empty_value", "headers = { X-A = \"\" }", {}, "X-A: \n"},
    {"vary_is_added_to",
     "headers = { Vary = \"X-A, accept\" }",
     {{"Vary", "Accept, Origin"}},
     "Vary: Accept, Origin\nVary: X-A\n"},
    {"vary_of_anything", "headers = { Vary = \"X-A\" }", {{"Vary", "*"}}, "Vary: *\n"},
    {"vary_removed", "headers = { Vary = false }", {{"Vary", "Accept"}}, ""},
    {"no_server", "headers = { Server = false }", {}, "Server: \n"},
};
class HeaderRules : public testing::TestWithParam<Case> {};
TEST_P(HeaderRules, applied)
{
    std::string said;
    test::Wrapped wrapped;
    wrapped.fields = GetParam().before;
    wrapped.status = http::Status::not_found;
    Headers headers(read(GetParam().text, said), wrapped);
    ASSERT_EQ(said, "");
    Exchange exchange("/");
    EXPECT_EQ(test::ask(headers, exchange).fields, GetParam().after);
}
INSTANTIATE_TEST_SUITE_P(, HeaderRules, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

struct Wrong {
    const char* name;
    const char* text;
    const char* said;
};
constexpr Wrong wrong[] = {
    {"no_name", "headers = { \"X A\" = \"1\" }", "f:1:13: error: this is no name of a field"},
    {"framing", "headers = { Content-Length = \"1\" }",
     "f:1:13: error: Content-Length says how the content is to be read; only who makes the content knows"},
    {"connection", "headers = { connection = false }",
     "f:1:13: error: connection is about one connection; the server writes it itself (RFC 9110 §7.6.1)"},
    {"twice", "headers = { X-A = \"1\", x-a = \"2\" }",
     "f:1:24: error: this field is given a second time: names of fields have no case"},
    {"true", "headers = { X-A = true }", "f:1:19: error: `true` is no value of a field"},
    {"injection", "headers = { X-A = \"1\\r\\nB: 2\" }",
     "f:1:19: error: a field's value holds no control characters, and no space at its ends"},
    {"of_a_list", "headers = { X-A = [\"1\", \"2 \"] }",
     "f:1:25: error: a field's value holds no control characters, and no space at its ends"},
};
class HeadersConfig : public testing::TestWithParam<Wrong> {};
TEST_P(HeadersConfig, refused)
{
    std::string said;
    read(GetParam().text, said);
    EXPECT_EQ(said, GetParam().said);
}
INSTANTIATE_TEST_SUITE_P(, HeadersConfig, testing::ValuesIn(wrong), [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::headers
