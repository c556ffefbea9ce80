// A warm request on its way through sites and routes: it allocates nothing, and its path costs one coroutine, the
// module's, whatever wrappers have nothing to do.
#include "../allocations.h"
#include "http1/server.h"
#include "routed.h"

#include <gtest/gtest.h>

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

namespace cais::server {
namespace {

using cais::test::allocations;

constexpr std::string_view configuration = R"(
trust = ["10.0.0.0/8"]
[[site]]
hosts = ["a.example", "*.b.example"]
tls = "off"
listen = "127.0.0.1:8080"
hsts = "180d"
  [[site.route]]
  path = "/"
  respond = { content = "root" }
  [[site.route]]
  path = "/sub/"
  respond = { content = "sub" }
  methods = ["GET"]
  [[site.route]]
  path = "/fields/"
  respond = { content = "fields" }
  headers = { X-A = "1", X-Frame-Options = "DENY" }
  cors = { origins = "https://p.example" }
[[site]]
hosts = ["*"]
tls = "off"
listen = "127.0.0.1:8080"
)";

struct Asked {
    const char* target;
    const char* host;
};
constexpr Asked asked[] = {
    {"/", "A.example:8080"}, {"/sub/x", "a.example."}, {"/%73ub/y", "x.b.example"}, {"/fields/", "a.example"}};

io::Task<void> ask(http::Handler& handler, const http::Connection& connection, base::Arena& arena,
                   http::Request& request, const Asked& what)
{
    {
        request.connection = &connection;
        request.client = connection.peer;
        request.method = http::Method::get;
        request.host = what.host;
        request.target = *http::parse_target(http::Method::get, what.target, arena);
        auto response = co_await handler.handle(request);
        EXPECT_EQ(response.status, http::Status::ok);
    }
    request.reset();
    arena.reset();
}

io::Task<void> ask_all(http::Handler& handler)
{
    test::NoWire wire;
    std::array<std::byte, 8192> memory;
    base::Arena arena(memory);
    http::Request request(arena, wire);
    const http::Connection connection{*io::Address::parse("10.0.0.1:5000")};
    for (int round = 0; round < 3; ++round) {
        for (const auto& what : asked) {
            const std::size_t before = allocations;
            co_await ask(handler, connection, arena, request, what);
            const std::size_t after = allocations;
            if (round == 2) EXPECT_EQ(after - before, 0u) << what.target;
        }
    }
}

TEST(RoutedHotPath, a_warm_request_allocates_nothing)
{
    const std::uint32_t numbers[] = {0};
    const auto router = Router::make(test::configuration_of(configuration), {.listeners = numbers});
    ASSERT_TRUE(router) << router.error();
    io::Loop loop;
    loop.run(ask_all(**router));
}

}  // namespace
}  // namespace cais::server

#endif
