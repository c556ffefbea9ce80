#include "server/own_answers.h"

#include "http/problem_response.h"
#include "modules/echo/echo.h"

namespace cais::server {

using http::Method;
using http::Name;
using http::Status;

io::Task<http::Response> ask_and_add_trace(http::Handler& next, http::Request& request)
{
    auto response = co_await next.handle(request);
    if (const auto allow = response.fields.one(Name::allow))
        response.fields.set(Name::allow, allow->empty() ? "TRACE" : request.arena().join(*allow, ", TRACE"));
    co_return response;
}

io::Task<http::Response> answer_for_server(http::Request& request, TraceMethod trace)
{
    constexpr std::string_view methods = "GET, HEAD, OPTIONS";
    constexpr std::string_view methods_and_trace = "GET, HEAD, OPTIONS, TRACE";
    const std::string_view allowed = trace == TraceMethod::answered ? methods_and_trace : methods;

    if (request.method == Method::other) {
        http::Response response =
            http::problem_response(request, Status::not_implemented, "No such method is registered.", "RFC 9110 §9.1");
        co_return response;
    }
    if (request.method == Method::trace && trace == TraceMethod::answered) {
        if (!request.body.is_empty()) {
            http::Response response = http::problem_response(request, Status::bad_request,
                                                             "A TRACE request has no content.", "RFC 9110 §9.3.8");
            co_return response;
        }
        // Fields that hold a secret are left out: a script must not read a cookie that was hidden from it (§9.3.8).
        http::Response response(request, Status::ok, http::Body(base::Bytes(echo::head_as_text(request))));
        response.fields.add(Name::content_type, "message/http");
        co_return response;
    }
    if (request.method == Method::options) {
        // OPTIONS *: of the server as a whole (§9.3.7).
        http::Response response(request, Status::no_content);
        response.fields.add(Name::allow, allowed);
        co_return response;
    }
    // CONNECT: there is no resource here that is a tunnel. TRACE: not unless it was asked for.
    http::Response response = http::problem_response(request, Status::method_not_allowed,
                                                     "This method is not offered here.", "RFC 9110 §15.5.6");
    response.fields.add(Name::allow, request.method == Method::connect ? std::string_view{} : allowed);
    co_return response;
}

}  // namespace cais::server
