#include "io/loop.h"
#include "modules/cors/cors.h"

#include <gtest/gtest.h>
#include <string>

namespace cais::cors {
namespace {

using http::Method;
using http::Name;

class NoWire final : public http::Wire {
public:
    io::Task<Result<void>> inform(http::Status, const http::Fields&) override { co_return Result<void>(); }
    io::Task<Result<void>> peer_gone() override { co_return Result<void>(); }
};

// What is wrapped: it says that it was asked.
class Wrapped final : public http::Handler {
public:
    io::Task<http::Response> handle(http::Request& request) override
    {
        ++asked;
        co_return http::Response(request, status);
    }
    int asked = 0;
    http::Status status = http::Status::ok;
};

struct Asked {
    int code = 0;
    std::string fields;
};

io::Task<void> ask(http::Handler& handler, http::Request& request, Asked& asked)
{
    auto response = co_await handler.handle(request);
    asked.code = http::code_of(response.status);
    for (const auto& line : response.fields) ((asked.fields += line.name()) += ": ").append(line.value()) += '\n';
}

struct Case {
    const char* name;
    Method method;
    const char* origin;
    const char* requested_method;
    const char* requested_fields;
    http::Status status;  // of what is wrapped
    int code;
    const char* fields;
};

constexpr const char* plain = "Access-Control-Allow-Origin: *\nAccess-Control-Expose-Headers: *\n";
constexpr const char* preflight = "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: GET, HEAD, OPTIONS\n"
                                  "Access-Control-Max-Age: 600\nVary: Access-Control-Request-Headers\n";
constexpr Case cases[] = {
    {"get", Method::get, "https://a.example", nullptr, nullptr, http::Status::ok, 200, plain},
    {"without_origin_caches_may_share_it", Method::get, nullptr, nullptr, nullptr, http::Status::ok, 200, plain},
    {"errors_can_be_read_too", Method::get, "https://a.example", nullptr, nullptr, http::Status::not_found, 404, plain},
    {"preflight", Method::options, "https://a.example", "GET", nullptr, http::Status::ok, 204, preflight},
    {"preflight_with_fields", Method::options, "https://a.example", "GET", "x-one, range", http::Status::ok, 204,
     "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: GET, HEAD, OPTIONS\n"
     "Access-Control-Allow-Headers: x-one, range\nAccess-Control-Max-Age: 600\n"
     "Vary: Access-Control-Request-Headers\n"},
    {"preflight_of_a_method_that_is_not_offered", Method::options, "https://a.example", "PUT", nullptr,
     http::Status::ok, 204, preflight},
    {"options_alone_is_no_preflight", Method::options, "https://a.example", nullptr, nullptr, http::Status::ok, 200,
     plain},
    {"without_origin_is_no_preflight", Method::options, nullptr, "GET", nullptr, http::Status::ok, 200, plain},
    {"get_is_no_preflight", Method::get, "https://a.example", "GET", nullptr, http::Status::ok, 200, plain},
};
class FetchCors : public testing::TestWithParam<Case> {};
TEST_P(FetchCors, answers)
{
    const Case& want = GetParam();
    Wrapped wrapped;
    wrapped.status = want.status;
    Cors cors(wrapped);
    io::Loop loop;
    base::Arena arena;
    NoWire wire;
    http::Request request(arena, wire);
    request.method = want.method;
    if (want.origin != nullptr) request.fields.add(Name::origin, want.origin);
    if (want.requested_method != nullptr)
        request.fields.add(Name::access_control_request_method, want.requested_method);
    if (want.requested_fields != nullptr)
        request.fields.add(Name::access_control_request_headers, want.requested_fields);
    Asked asked;
    loop.run(ask(cors, request, asked));
    EXPECT_EQ(asked.code, want.code);
    EXPECT_EQ(asked.fields, want.fields);
    EXPECT_EQ(wrapped.asked, want.code == 204 ? 0 : 1);
}
INSTANTIATE_TEST_SUITE_P(, FetchCors, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::cors
