// What is explained is what happens: each request is asked of the router too.
#include "routed.h"
#include "server/explain.h"

#include <gtest/gtest.h>

namespace cais::server {
namespace {

constexpr std::string_view text = R"(
[[site]]
hosts = ["a.example", "*.a.example"]
tls = "off"
listen = "127.0.0.1:8080"
route = [ { path = "/", respond = { content = "root" } },
          { path = "/sub/", respond = { content = "sub" }, methods = ["GET"] },
          { path = "/sub/*.x", redirect = "/" },
          { path = "/one", echo = true } ]
[[site]]
hosts = "b.example"
listen = ["http://127.0.0.1:8080", "127.0.0.1:443"]
tls = { certificate = "c.pem", key = "k.pem" }
route = [ { path = "/", respond = { content = "b" } } ]
[[site]]
hosts = "d.example"
tls = "off"
listen = "127.0.0.1:8080"
route = [ { path = "/d/", respond = { content = "d" } } ]
)";

constexpr const char* hosts[] = {"a.example", "x.a.example", "x.y.a.example", "b.example",
                                 "c.example", "d.example",   "127.0.0.1"};
constexpr const char* targets[] = {"/",        "/sub", "/sub/",   "/sub/y.x", "/one",  "/one/",  "//", "/sub//y",
                                   "/%73ub/y", "/../", "/sub%2f", "/d/e",     "/d%00", "/?a=//", "/%"};

TEST(Explain, says_what_the_router_does)
{
    test::Routed routed(text);
    const auto configuration = test::configuration_of(text);
    for (const char* host : hosts) {
        for (const char* target : targets) {
            for (const http::Method method : {http::Method::get, http::Method::put, http::Method::trace}) {
                const auto said =
                    explain(*configuration, http::text_of(method), std::string("http://") + host + ":8080" + target);
                ASSERT_TRUE(said) << said.error();
                const auto answer = routed.ask({.target = target, .host = host, .method = method});
                // A redirect is a module's or the server's; what refuses says its status.
                EXPECT_EQ(said->is_answered, answer.code < 400) << said->text << answer.code;
                if (answer.code >= 400)
                    EXPECT_TRUE(said->text.contains("answer    " + std::to_string(answer.code)))
                        << said->text << answer.code;
            }
        }
    }
}

TEST(Explain, what_a_browser_escapes_is_escaped)
{
    const auto said = explain(*test::configuration_of(text), "GET", "http://a.example:8080/\xC3\xA9 x#fragment");
    ASSERT_TRUE(said);
    EXPECT_TRUE(said->text.starts_with("GET http://a.example:8080/%C3%A9%20x\n")) << said->text;
}

}  // namespace
}  // namespace cais::server
