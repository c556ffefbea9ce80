#include "modules/echo/echo.h"

#include "http/problem_response.h"

namespace cais::echo {
namespace {

using http::Name;

bool is_secret(Name name)
{
    return name == Name::authorization || name == Name::proxy_authorization || name == Name::cookie;
}

std::string_view content_type(const http::Request& request)
{
    const auto type = request.fields.one(Name::content_type);
    return type && !type->empty() ? *type : "application/octet-stream";
}

// What was sent must not run in a browser as a page of this site.
void mark_as_data(http::Response& response)
{
    response.fields.add(Name::x_content_type_options, "nosniff");
    response.fields.add(Name::content_security_policy, "sandbox");
    response.fields.add(Name::cache_control, "no-store");
}

}  // namespace

io::Task<http::Response> Echo::handle(http::Request& request)
{
    if (request.target.query == "ignore") {
        http::Response response(request, http::Status::ok, http::Body(base::Bytes(std::string_view("ignored\n"))));
        response.fields.add(Name::content_type, "text/plain; charset=utf-8");
        co_return response;
    }
    if (request.body.is_empty()) {
        http::Response response(request, http::Status::ok, http::Body(base::Bytes(head_as_text(request))));
        response.fields.add(Name::content_type, "text/plain; charset=utf-8");
        mark_as_data(response);
        co_return response;
    }
    if (request.target.query == "whole") {
        auto whole = co_await http::read_whole(request.body, limits_->buffered_content);
        if (!whole) {
            const auto status = whole.error().kind == Error::too_large   ? http::Status::content_too_large
                                : whole.error().kind == Error::timed_out ? http::Status::request_timeout
                                                                         : http::Status::bad_request;
            http::Response response = http::problem_response(request, status, whole.error().what, whole.error().source);
            co_return response;
        }
        http::Response response(request, http::Status::ok, http::Body(base::Bytes(std::move(*whole))));
        response.fields.add(Name::content_type, content_type(request));
        mark_as_data(response);
        co_return response;
    }
    http::Response response(request, http::Status::ok, std::move(request.body));
    response.fields.add(Name::content_type, content_type(request));
    mark_as_data(response);
    co_return response;
}

std::string head_as_text(const http::Request& request)
{
    std::string text;
    ((((text += request.method_text) += ' ') += request.target_text) += ' ') += http::text_of(request.version);
    text += "\r\n";
    for (const auto& line : request.fields) {
        if (is_secret(line.known)) continue;
        ((text += line.name()) += ": ").append(line.value()) += "\r\n";
    }
    text += "\r\n";
    return text;
}

}  // namespace cais::echo
