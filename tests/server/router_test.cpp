#include "routed.h"
#include "server/router.h"

#include <gtest/gtest.h>

namespace cais::server {
namespace {

using http::Method;
using test::Ask;
using test::Routed;

// Each route says its name.
std::string says(const char* path, const char* name)
{
    return std::string("{ path = \"") + path + "\", respond = { content = \"" + name + "\" } }";
}
std::string site(const std::string& head, std::initializer_list<std::pair<const char*, const char*>> routes)
{
    std::string text = "[[site]]\n" + head + "\nroute = [";
    for (const auto& [path, name] : routes) text += says(path, name) + ", ";
    return text + "]\n";
}

const std::string plain = "tls = \"off\"\nlisten = \"127.0.0.1:8080\"\n";

// Spellings of a path, and what each of them is answered with.
struct Spelling {
    const char* name;
    const char* target;
    int code;
    const char* content;  // null: any
};
constexpr Spelling spellings[] = {
    {"as_it_is", "/sub/x", 200, "sub"},
    {"two_slashes", "//sub/x", 404, nullptr},
    {"two_slashes_inside", "/sub//x", 404, nullptr},
    {"two_slashes_at_the_end", "/sub/x//", 404, nullptr},
    {"an_escaped_letter", "/%73ub/x", 200, "sub"},
    {"all_escaped", "/%73%75%62/%78", 200, "sub"},
    {"escaped_twice", "/%2573ub/x", 200, "root"},
    {"an_escaped_slash", "/sub%2Fx", 400, nullptr},
    {"an_escaped_slash_first", "/%2Fsub/x", 400, nullptr},
    {"dot_segments", "/x/../sub/x", 400, nullptr},
    {"escaped_dot_segments", "/x/%2e%2e/sub/x", 400, nullptr},
    {"a_dot", "/./sub/x", 400, nullptr},
    {"a_dot_behind_a_backslash", "/x\\..\\sub/x", 400, nullptr},
    {"a_backslash_is_no_slash", "/sub\\x", 200, "root"},
    {"another_case", "/SUB/x", 200, "root"},
    {"a_parameter_is_of_its_segment", "/sub;a/x", 200, "root"},
    {"absolute", "http://a.example/sub/x", 200, "sub"},
    {"absolute_two_slashes", "http://a.example//sub/x", 404, nullptr},
    {"without_the_slash", "/sub", 200, "sub"},
    {"a_longer_name", "/subx", 200, "root"},
    {"a_query_is_no_path", "/?/../sub/x", 200, "root"},
    {"nul", "/sub%00/x", 400, nullptr},
    {"overlong", "/%c0%afsub/x", 400, nullptr},
};
class OnePath : public testing::TestWithParam<Spelling> {};
TEST_P(OnePath, answers)
{
    Routed routed(site("hosts = \"a.example\"\n" + plain, {{"/", "root"}, {"/sub/", "sub"}}));
    const auto answer = routed.ask({.target = GetParam().target});
    EXPECT_EQ(answer.code, GetParam().code);
    if (GetParam().content != nullptr) EXPECT_EQ(answer.content, GetParam().content);
}
INSTANTIATE_TEST_SUITE_P(, OnePath, testing::ValuesIn(spellings), [](auto& info) { return info.param.name; });

TEST(RouterSites, s7_2_by_host_and_by_listener)
{
    Routed routed(site("hosts = [\"a.example\", \"*.a.example\"]\n" + plain, {{"/", "a"}}) +
                  site("hosts = \"b.example\"\n" + plain, {{"/", "b"}}) +
                  site("hosts = \"a.example\"\ntls = \"off\"\nlisten = \"127.0.0.1:8081\"\n", {{"/", "other port"}}) +
                  site("hosts = \"*\"\ntls = \"off\"\nlisten = \"127.0.0.1:8081\"\n", {{"/", "default"}}));
    struct Row {
        const char* host;
        std::uint32_t listener;
        int code;
        const char* content;
    };
    constexpr Row rows[] = {
        {"a.example", 0, 200, "a"},     {"A.EXAMPLE.:8080", 0, 200, "a"},      {"x.a.example", 0, 200, "a"},
        {"b.example", 0, 200, "b"},     {"c.example", 0, 421, nullptr},        {"", 0, 421, nullptr},
        {"127.0.0.1", 0, 421, nullptr}, {"a.example", 1, 200, "other port"},   {"b.example", 1, 200, "default"},
        {"", 1, 200, "default"},        {"127.0.0.1:8081", 1, 200, "default"},
    };
    for (const auto& row : rows) {
        const auto answer = routed.ask({.host = row.host, .listener = row.listener});
        EXPECT_EQ(answer.code, row.code) << row.host;
        if (row.content != nullptr) EXPECT_EQ(answer.content, row.content) << row.host;
        EXPECT_FALSE(answer.close);
    }
}

TEST(RouterSites, s15_5_20_a_listener_that_is_gone_sends_away)
{
    Routed routed(site("hosts = \"*\"\n" + plain, {{"/", "a"}}));
    for (const std::uint32_t listener : {1u, 7u, UINT32_MAX}) {
        const auto answer = routed.ask({.listener = listener});
        EXPECT_EQ(answer.code, 421);
        EXPECT_TRUE(answer.close);
    }
}

TEST(RouterSites, numbers_of_listeners_are_whatever_they_are)
{
    const std::uint32_t numbers[] = {41, 7};
    Circumstances given;
    given.listeners = numbers;
    Routed routed(site("hosts = \"*\"\n" + plain, {{"/", "a"}}) +
                      site("hosts = \"*\"\ntls = \"off\"\nlisten = \"127.0.0.1:8081\"\n", {{"/", "b"}}),
                  given);
    EXPECT_EQ(routed.ask({.listener = 41}).content, "a");
    EXPECT_EQ(routed.ask({.listener = 7}).content, "b");
    EXPECT_EQ(routed.ask({.listener = 0}).code, 421);
}

const std::string both = "hosts = [\"a.example\", \"*\"]\ntls = { certificate = \"c.pem\", key = \"k.pem\" }\n";
http::Security handshake_for(std::string_view name, std::uint32_t client_rules = 0)
{
    http::Security security{};
    security.server_name = name;
    security.client_rules = client_rules;
    return security;
}
const http::Security secure = handshake_for("a.example");

TEST(RouterHttps, s15_4_9_clients_in_the_clear_are_sent_there)
{
    struct Row {
        const char* listen;
        const char* target;
        const char* host;
        const char* want;
    };
    constexpr Row rows[] = {
        {"[\"127.0.0.1:80\", \"127.0.0.1:443\"]", "/a%20b?c=%20", "a.example", "https://a.example/a%20b?c=%20"},
        {"[\"127.0.0.1:80\", \"127.0.0.1:443\"]", "/", "a.example:80", "https://a.example/"},
        {"[\"127.0.0.1:80\", \"127.0.0.1:443\"]", "/", "A.example.", "https://A.example./"},
        {"[\"http://127.0.0.1:8080\", \"127.0.0.1:8443\"]", "/", "a.example:8080", "https://a.example:8443/"},
        {"[\"127.0.0.1:80\", \"127.0.0.1:8443\", \"127.0.0.1:443\"]", "/", "a.example", "https://a.example/"},
        {"[\"127.0.0.1:80\", \"127.0.0.1:443\"]", "/", "[::1]:80", "https://[::1]/"},
        // The host is fixed by what is asked: a path that looks like one changes nothing.
        {"[\"127.0.0.1:80\", \"127.0.0.1:443\"]", "//evil.example/", "a.example", "https://a.example//evil.example/"},
        {"[\"127.0.0.1:80\", \"127.0.0.1:443\"]", "/\\evil.example\"<>", "a.example",
         "https://a.example/%5Cevil.example%22%3C%3E"},
        {"[\"127.0.0.1:80\", \"127.0.0.1:443\"]", "http://a.example/x", "a.example", "https://a.example/x"},
    };
    for (const auto& row : rows) {
        Routed routed(site(both + "listen = " + row.listen, {{"/", "a"}}));
        const auto answer = routed.ask({.target = row.target, .host = row.host});
        EXPECT_EQ(answer.code, 308) << row.target;
        EXPECT_EQ(answer.field("Location"), row.want);
    }
}

TEST(RouterHttps, where_it_is_not_told_to_it_serves)
{
    const std::string listen = "listen = [\"127.0.0.1:80\", \"127.0.0.1:443\"]\n";
    Routed off(site(both + listen + "https_redirect = false", {{"/", "a"}}));
    EXPECT_EQ(off.ask({}).content, "a");
    Routed routed(site(both + listen, {{"/", "a"}}));
    EXPECT_EQ(routed.ask({.listener = 1, .security = &secure}).content, "a");
    Routed alone(site("hosts = \"*\"\n" + plain, {{"/", "a"}}));
    EXPECT_EQ(alone.ask({}).content, "a");
}

TEST(RouterHttps, the_port_that_zero_became)
{
    const io::Address bound[] = {*io::Address::parse("127.0.0.1:4711"), *io::Address::parse("127.0.0.1:4712")};
    Circumstances given;
    given.bound = bound;
    Routed routed(site(both + "listen = [\"http://127.0.0.1:0\", \"https://127.0.0.1:1\"]", {{"/", "a"}}), given);
    EXPECT_EQ(routed.ask({}).field("Location"), "https://a.example:4712/");
}

TEST(RouterHttps, http_1_0_without_a_host)
{
    Routed routed(site(both + "listen = [\"127.0.0.1:80\", \"127.0.0.1:443\"]", {{"/", "a"}}));
    EXPECT_EQ(routed.ask({.host = ""}).code, 400);
}

class Answers final : public ChallengeAnswers {
public:
    std::optional<std::string> find(std::string_view token) const override
    {
        if (token != "token") return std::nullopt;
        return "token.thumbprint";
    }
};

TEST(RouterChallenge, rfc8555_s8_3_before_everything_in_the_clear)
{
    const Answers answers;
    Circumstances given;
    given.challenges = &answers;
    Routed routed(site(both + "listen = [\"127.0.0.1:80\", \"127.0.0.1:443\"]", {{"/", "a"}}), given);
    const char* path = "/.well-known/acme-challenge/token";
    for (const char* host : {"a.example", "b.example", ""}) {
        const auto answer = routed.ask({.target = path, .host = host});
        EXPECT_EQ(answer.code, 200);
        EXPECT_EQ(answer.content, "token.thumbprint");
        EXPECT_EQ(answer.field("Content-Type"), "application/octet-stream");
    }
    EXPECT_EQ(routed.ask({.target = path, .listener = 1, .security = &secure}).content, "a");
    EXPECT_EQ(routed.ask({.target = "/.well-known/acme-challenge/other"}).code, 308);
}

TEST(RouterClientRules, s15_5_20_other_rules_than_those_of_the_handshake)
{
    const std::uint32_t rules[] = {0, 77};
    Circumstances given;
    given.client_rules = rules;
    const std::string tls = "tls = \"internal\"\nlisten = \"127.0.0.1:443\"\n";
    Routed routed(site("hosts = \"a.localhost\"\n" + tls, {{"/", "a"}}) +
                      site("hosts = \"b.localhost\"\n" + tls, {{"/", "b"}}),
                  given);
    const http::Security under_a = handshake_for("a.localhost");
    const http::Security under_b = handshake_for("b.localhost", 77);
    EXPECT_EQ(routed.ask({.host = "a.localhost", .security = &under_a}).content, "a");
    EXPECT_EQ(routed.ask({.host = "b.localhost", .security = &under_b}).content, "b");
    for (const Ask& asked :
         {Ask{.host = "b.localhost", .security = &under_a}, Ask{.host = "a.localhost", .security = &under_b}}) {
        const auto answer = routed.ask(asked);
        EXPECT_EQ(answer.code, 421);
        EXPECT_TRUE(answer.close);
    }
}

TEST(RouterFields, of_a_site_on_every_answer_and_a_route_may_differ)
{
    const std::string text = "[[site]]\nhosts = \"a.example\"\n" + plain +
                             "headers = { X-Frame-Options = \"DENY\", X-Site = \"1\", Server = false }\n"
                             "route = [ { path = \"/a/\", respond = { content = \"a\" } },\n"
                             "          { path = \"/b/\", respond = 410, headers = { X-Frame-Options = \"SAMEORIGIN\", "
                             "X-Site = false } } ]\n";
    Routed routed(text);
    for (const char* target : {"/a/", "/nothing", "/a//"}) {
        const auto answer = routed.ask({.target = target});
        EXPECT_EQ(answer.field("X-Frame-Options"), "DENY") << target;
        EXPECT_EQ(answer.field("X-Site"), "1");
        EXPECT_NE(answer.fields.find("Server: \n"), std::string::npos);
    }
    const auto other = routed.ask({.target = "/b/"});
    EXPECT_EQ(other.code, 410);
    EXPECT_EQ(other.field("X-Frame-Options"), "SAMEORIGIN");
    EXPECT_EQ(other.fields.find("X-Site"), std::string::npos);
    EXPECT_EQ(routed.ask({.host = "c.example"}).field("X-Site"), "");
}

TEST(RouterFields, of_a_site_on_what_the_server_and_the_wire_answer_themselves)
{
    Routed routed("[[site]]\nhosts = \"a.example\"\n" + plain + "headers = { X-Site = \"1\" }\nroute = []\n");
    for (const Method method : {Method::other, Method::trace})
        EXPECT_EQ(routed.ask({.method = method}).field("X-Site"), "1");
    EXPECT_EQ(routed.ask({.host = "c.example", .method = Method::trace}).field("X-Site"), "");
    struct Row {
        const char* host;
        std::uint32_t listener;
        const char* want;
    };
    for (const auto& row : {Row{"a.example", 0, "X-Site:1"},
                            {"A.Example:80", 0, "X-Site:1"},
                            {"c.example", 0, ""},
                            {"a.example", 9, ""}}) {
        base::Arena arena;
        test::NoWire wire;
        http::Request request(arena, wire);
        const http::Connection connection{*io::Address::parse("192.0.2.1:5000"), row.listener};
        request.connection = &connection;
        request.host = row.host;
        http::Response response(request, http::Status::bad_request);
        routed.router().complete(request, response);
        std::string fields;
        for (const auto& line : response.fields) fields += std::string(line.name()) + ":" + std::string(line.value());
        EXPECT_EQ(fields, row.want) << row.host;
    }
}

TEST(RouterFields, rfc6797_s7_2_hsts_over_tls_alone)
{
    Routed routed(site(both + "listen = [\"127.0.0.1:80\", \"127.0.0.1:443\"]\nhsts = \"180d\"\nhttps_redirect = false",
                       {{"/a", "a"}}));
    EXPECT_EQ(routed.ask({.target = "/a", .listener = 1, .security = &secure}).field("Strict-Transport-Security"),
              "max-age=15552000");
    EXPECT_EQ(routed.ask({.target = "/b", .listener = 1, .security = &secure}).field("Strict-Transport-Security"),
              "max-age=15552000");
    EXPECT_EQ(routed.ask({.target = "/a"}).field("Strict-Transport-Security"), "");
    EXPECT_EQ(routed.ask({.target = "/b"}).field("Strict-Transport-Security"), "");
}

TEST(RouterMethods, what_the_server_answers_itself)
{
    Routed routed(site("hosts = \"a.example\"\n" + plain, {{"/", "a"}}));
    struct Row {
        Method method;
        const char* target;
        int code;
        const char* allow;
    };
    constexpr Row rows[] = {
        {Method::other, "/", 501, ""},
        {Method::options, "*", 204, "GET, HEAD, OPTIONS"},
        {Method::trace, "/", 405, "GET, HEAD, OPTIONS"},
        {Method::connect, "a.example:443", 405, ""},
    };
    for (const auto& row : rows) {
        const auto answer = routed.ask({.target = row.target, .host = "nobody.example", .method = row.method});
        EXPECT_EQ(answer.code, row.code);
        EXPECT_EQ(answer.field("Allow"), row.allow);
    }
}

TEST(RouterChain, wrappers_in_their_order)
{
    const std::string text =
        "[[site]]\nhosts = \"a.example\"\n" + plain +
        "[[site.route]]\npath = \"/v1/\"\necho = true\nrewrite = \"/v2/{rest}\"\nmethods = [\"GET\", \"PUT\"]\n"
        "headers = { X-A = \"1\" }\ncors = { origins = \"https://p.example\", methods = \"PUT\" }\n";
    Routed routed(text);
    // A preflight is answered though OPTIONS is not one of the methods.
    const auto preflight =
        routed.ask({.target = "/v1/x",
                    .method = Method::options,
                    .fields = {{"Origin", "https://p.example"}, {"Access-Control-Request-Method", "PUT"}}});
    EXPECT_EQ(preflight.code, 204);
    EXPECT_EQ(preflight.field("Access-Control-Allow-Methods"), "PUT");
    // What is refused can be read and has the route's fields.
    const auto refused =
        routed.ask({.target = "/v1/x", .method = Method::delete_, .fields = {{"Origin", "https://p.example"}}});
    EXPECT_EQ(refused.code, 405);
    EXPECT_EQ(refused.field("Allow"), "GET, HEAD, PUT");
    EXPECT_EQ(refused.field("X-A"), "1");
    EXPECT_EQ(refused.field("Access-Control-Allow-Origin"), "https://p.example");
    EXPECT_EQ(routed.ask({.target = "/v1/x"}).code, 200);
}

TEST(RouterTrust, whom_a_trusted_proxy_names_is_the_client)
{
    const std::string one = site("hosts = \"a.example\"\n" + plain, {{"/", "a"}});
    Routed trusting("trust = [\"192.0.2.0/24\"]\n" + one);
    Routed not_trusting(one);
    const Ask asked{.fields = {{"X-Forwarded-For", "198.51.100.7"}}};
    EXPECT_EQ(trusting.ask(asked).client, "198.51.100.7:0");
    EXPECT_EQ(not_trusting.ask(asked).client, "192.0.2.1:5000");
}

TEST(Router, what_cannot_be_served_is_said)
{
    auto configuration = test::configuration_of("[[site]]\nhosts = \"*\"\n" + plain +
                                                "route = [ { path = \"/\", files = \"/nowhere/at/all\" } ]\n");
    const std::uint32_t numbers[] = {0};
    const auto made = Router::make(configuration, {.listeners = numbers});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error(), "serve /nowhere/at/all: open the folder: No such file or directory");
}

}  // namespace
}  // namespace cais::server
