#include "../wrapped.h"
#include "modules/methods/methods.h"

#include <gtest/gtest.h>

namespace cais::methods {
namespace {

using http::Method;
using http::MethodSet;
using test::Exchange;

constexpr MethodSet offered = {Method::get, Method::head, Method::options, Method::put};

struct Case {
    const char* name;
    MethodSet taken;
    Method asked;
    int code;
    const char* allow;
};
constexpr Case cases[] = {
    {"taken",
     {Method::get, Method::head},
     Method::get,
     200,
     "GET, HEAD, OPTIONS, PUT"},  // asked for no Allow: not touched
    {"refused", {Method::get, Method::head}, Method::put, 405, "GET, HEAD"},
    {"s15_5_6_allow_is_true", {Method::get, Method::delete_}, Method::put, 405, "GET"},
    {"options_narrowed", {Method::get, Method::options}, Method::options, 200, "GET, OPTIONS"},
    {"options_refused", {Method::get}, Method::options, 405, "GET"},
    {"nothing_is_left", {Method::mkcol}, Method::get, 405, ""},
};
class Rfc9110Allow : public testing::TestWithParam<Case> {};
TEST_P(Rfc9110Allow, says)
{
    test::Wrapped wrapped;
    wrapped.fields = {{"Allow", "GET, HEAD, OPTIONS, PUT"}};
    Methods methods(Config{GetParam().taken}, offered, wrapped);
    Exchange exchange("/", GetParam().asked);
    const auto answer = test::ask(methods, exchange);
    EXPECT_EQ(answer.code, GetParam().code);
    EXPECT_EQ(answer.field("Allow"), GetParam().allow);
    EXPECT_EQ(wrapped.asked, GetParam().code == 405 ? 0 : 1);
}
INSTANTIATE_TEST_SUITE_P(, Rfc9110Allow, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(MethodsConfig, read)
{
    Config config;
    const auto read = [&config](config::Table& root) { config = Config::read(root, "methods"); };
    EXPECT_EQ(test::said_of("methods = [\"GET\", \"DELETE\"]", read), "");
    EXPECT_EQ(config.allowed, (MethodSet{Method::get, Method::head, Method::delete_}));
    EXPECT_EQ(test::said_of("methods = \"POST\"", read), "");
    EXPECT_EQ(config.allowed, MethodSet{Method::post});
    EXPECT_EQ(test::said_of("methods = [\"GET\", \"get\"]", read), "f:1:19: error: no such method is registered");
    EXPECT_EQ(test::said_of("methods = [\"TRACE\"]", read), "f:1:12: error: a route has no `TRACE`");
}

}  // namespace
}  // namespace cais::methods
