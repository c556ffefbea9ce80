#include "../wrapped.h"
#include "modules/cors/cors.h"

#include <gtest/gtest.h>

namespace cais::cors {
namespace {

using http::Method;
using http::MethodSet;
using test::Exchange;

constexpr MethodSet of_files = {Method::get, Method::head, Method::options};

Config read(std::string_view text, std::string& said)
{
    Config config;
    said = test::said_of(text, [&](config::Table& root) {
        if (auto table = root.table("cors", Config::shorter)) config = Config::read(*table);
    });
    return config;
}

constexpr const char* any = "cors = true";
constexpr const char* two =
    "cors = { origins = [\"https://a.example\", \"https://b.example:8443\"], credentials = true, "
    "methods = [\"GET\", \"PUT\"], headers = [\"X-One\", \"Range\"], expose = \"X-Two\", "
    "max_age = \"1h\" }";
constexpr const char* named = "cors = { origins = \"https://a.example\" }";

struct Case {
    const char* name;
    const char* config;
    Method method;
    const char* origin;
    const char* requested_method;
    const char* requested_fields;
    int code;
    const char* fields;
};

constexpr Case cases[] = {
    {"get", any, Method::get, "https://a.example", nullptr, nullptr, 200,
     "Access-Control-Allow-Origin: *\nAccess-Control-Expose-Headers: *\n"},
    {"without_origin_caches_may_share_it", any, Method::get, nullptr, nullptr, nullptr, 200,
     "Access-Control-Allow-Origin: *\nAccess-Control-Expose-Headers: *\n"},
    {"preflight", any, Method::options, "https://a.example", "GET", nullptr, 204,
     "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: GET, HEAD, OPTIONS\n"
     "Vary: Access-Control-Request-Headers\nAccess-Control-Max-Age: 600\n"},
    {"preflight_with_fields", any, Method::options, "null", "GET", "x-one, authorization", 204,
     "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: GET, HEAD, OPTIONS\n"
     "Access-Control-Allow-Headers: x-one, authorization\nVary: Access-Control-Request-Headers\n"
     "Access-Control-Max-Age: 600\n"},
    {"preflight_of_a_method_that_is_not_offered", any, Method::options, "https://a.example", "PUT", nullptr, 204,
     "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: GET, HEAD, OPTIONS\n"
     "Vary: Access-Control-Request-Headers\nAccess-Control-Max-Age: 600\n"},
    {"options_alone_is_no_preflight", any, Method::options, "https://a.example", nullptr, nullptr, 200,
     "Access-Control-Allow-Origin: *\nAccess-Control-Expose-Headers: *\n"},
    {"without_origin_is_no_preflight", any, Method::options, nullptr, "GET", nullptr, 200,
     "Access-Control-Allow-Origin: *\nAccess-Control-Expose-Headers: *\n"},
    {"get_is_no_preflight", any, Method::get, "https://a.example", "GET", nullptr, 200,
     "Access-Control-Allow-Origin: *\nAccess-Control-Expose-Headers: *\n"},

    {"named_origin", two, Method::get, "https://b.example:8443", nullptr, nullptr, 200,
     "Access-Control-Allow-Origin: https://b.example:8443\nAccess-Control-Allow-Credentials: true\nVary: Origin\n"
     "Access-Control-Expose-Headers: X-Two\n"},
    {"other_origin", two, Method::get, "https://c.example", nullptr, nullptr, 200, "Vary: Origin\n"},
    {"no_origin_varies_too", two, Method::get, nullptr, nullptr, nullptr, 200, "Vary: Origin\n"},
    {"an_origin_is_equal_or_another", two, Method::get, "https://a.example.evil", nullptr, nullptr, 200,
     "Vary: Origin\n"},
    {"another_port", two, Method::get, "https://b.example", nullptr, nullptr, 200, "Vary: Origin\n"},
    {"null_is_nobody", two, Method::get, "null", nullptr, nullptr, 200, "Vary: Origin\n"},
    {"a_post_of_the_site_itself_goes_on", two, Method::post, "https://own.example", nullptr, nullptr, 200,
     "Vary: Origin\n"},
    {"named_preflight", two, Method::options, "https://a.example", "PUT", "x-one", 204,
     "Access-Control-Allow-Origin: https://a.example\nAccess-Control-Allow-Credentials: true\nVary: Origin\n"
     "Access-Control-Allow-Methods: GET, PUT\nAccess-Control-Allow-Headers: X-One, Range\n"
     "Access-Control-Max-Age: 3600\n"},
    {"without_credentials", named, Method::get, "https://a.example", nullptr, nullptr, 200,
     "Access-Control-Allow-Origin: https://a.example\nVary: Origin\nAccess-Control-Expose-Headers: *\n"},
};
class FetchCors : public testing::TestWithParam<Case> {};
TEST_P(FetchCors, answers)
{
    const Case& want = GetParam();
    std::string said;
    test::Wrapped wrapped;
    Cors cors(read(want.config, said), of_files, wrapped);
    ASSERT_EQ(said, "");
    Exchange exchange("/", want.method);
    if (want.origin != nullptr) exchange.with("Origin", want.origin);
    if (want.requested_method != nullptr) exchange.with("Access-Control-Request-Method", want.requested_method);
    if (want.requested_fields != nullptr) exchange.with("Access-Control-Request-Headers", want.requested_fields);
    const auto answer = test::ask(cors, exchange);
    EXPECT_EQ(answer.code, want.code);
    EXPECT_EQ(answer.fields, want.fields);
    EXPECT_EQ(wrapped.asked, want.code == 204 ? 0 : 1);
}
INSTANTIATE_TEST_SUITE_P(, FetchCors, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(Cors, a_preflight_of_another_origin_is_refused_and_reaches_nobody)
{
    std::string said;
    test::Wrapped wrapped;
    Cors cors(read(two, said), of_files, wrapped);
    Exchange exchange("/", Method::options);
    exchange.with("Origin", "https://c.example").with("Access-Control-Request-Method", "PUT");
    const auto answer = test::ask(cors, exchange);
    EXPECT_EQ(answer.code, 403);
    EXPECT_EQ(answer.field("Access-Control-Allow-Origin"), "");
    EXPECT_EQ(answer.field("Vary"), "Accept|Origin");
    EXPECT_EQ(wrapped.asked, 0);
}

TEST(Cors, errors_can_be_read_and_an_upstreams_policy_cannot)
{
    std::string said;
    test::Wrapped wrapped;
    wrapped.status = http::Status::unauthorized;
    wrapped.fields = {{"Access-Control-Allow-Origin", "https://evil.example"},
                      {"Access-Control-Allow-Credentials", "true"},
                      {"Vary", "Accept, origin"}};
    Cors cors(read(two, said), of_files, wrapped);
    Exchange exchange("/");
    exchange.with("Origin", "https://a.example");
    const auto answer = test::ask(cors, exchange);
    EXPECT_EQ(answer.code, 401);
    EXPECT_EQ(answer.field("Access-Control-Allow-Origin"), "https://a.example");
    EXPECT_EQ(answer.field("Access-Control-Allow-Credentials"), "true");
    EXPECT_EQ(answer.field("Vary"), "Accept, origin");
}

TEST(Cors, methods_of_a_module_that_takes_all)
{
    MethodSet all;
    for (unsigned i = 1; i < static_cast<unsigned>(Method::count_); ++i) all.add(static_cast<Method>(i));
    const std::pair<const char*, const char*> wanted[] = {
        {any, "*"},
        {named, "*"},
        {"cors = { origins = \"https://a.example\", credentials = true }", "GET, HEAD, POST"},
    };
    for (const auto& [text, want] : wanted) {
        std::string said;
        test::Wrapped wrapped;
        Cors cors(read(text, said), all, wrapped);
        Exchange exchange("/", Method::options);
        exchange.with("Origin", "https://a.example").with("Access-Control-Request-Method", "PUT");
        EXPECT_EQ(test::ask(cors, exchange).field("Access-Control-Allow-Methods"), want);
    }
}

struct Wrong {
    const char* name;
    const char* text;
    const char* said;
};
constexpr Wrong wrong[] = {
    {"credentials_of_anybody", "cors = { credentials = true }",
     "f:1:24: error: with credentials the `origins` must be named: any site could read what its visitors may"},
    {"credentials_of_a_star", "cors = { origins = \"*\", credentials = true }",
     "f:1:39: error: with credentials the `origins` must be named: any site could read what its visitors may"},
    {"null", "cors = { origins = \"null\" }", "f:1:20: error: `null` is the origin of anybody's sandboxed page"},
    {"a_path", "cors = { origins = [\"https://a.example\", \"https://a.example/\"] }",
     "f:1:42: error: an origin is a scheme, a host and perhaps a port: no path, not even a slash"},
    {"no_scheme", "cors = { origins = \"a.example\" }",
     "f:1:20: error: an origin is a scheme and a host, as `https://app.example`"},
    {"case", "cors = { origins = \"https://A.example\" }", "f:1:20: error: browsers write origins in lower case"},
    {"port", "cors = { origins = \"https://a.example:443\" }", "f:1:20: error: browsers leave the usual port out"},
    {"a_star_among_others", "cors = { origins = [\"*\", \"https://a.example\"] }",
     "f:1:21: error: an origin is a scheme and a host, as `https://app.example`"},
    {"star_with_credentials", "cors = { origins = \"https://a.example\", credentials = true, methods = \"*\" }",
     "f:1:71: error: with credentials `*` is a name like any other (Fetch standard)"},
    {"method", "cors = { methods = \"FETCH\" }", "f:1:20: error: no such method is registered"},
    {"field", "cors = { headers = \"X A\" }", "f:1:20: error: this is no name of a field"},
};
class CorsConfig : public testing::TestWithParam<Wrong> {};
TEST_P(CorsConfig, refused)
{
    std::string said;
    read(GetParam().text, said);
    EXPECT_EQ(said, GetParam().said);
}
INSTANTIATE_TEST_SUITE_P(, CorsConfig, testing::ValuesIn(wrong), [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::cors
