#include "modules/cors/cors.h"

namespace cais::cors {

using http::Method;
using http::Name;

io::Task<http::Response> Cors::handle(http::Request& request)
{
    // A preflight asks whether a method and fields may be used (Fetch, "CORS-preflight request").
    const auto method = request.fields.one(Name::access_control_request_method);
    if (request.method == Method::options && method && request.fields.has(Name::origin)) {
        http::Response response(request, http::Status::no_content);
        response.fields.add(Name::access_control_allow_origin, "*");
        response.fields.add(Name::access_control_allow_methods, "GET, HEAD, OPTIONS");
        const auto fields = request.fields.one(Name::access_control_request_headers);
        if (fields && http::is_field_value(*fields)) response.fields.add(Name::access_control_allow_headers, *fields);
        response.fields.add(Name::access_control_max_age, "600");
        response.fields.add(Name::vary, "Access-Control-Request-Headers");
        co_return response;
    }
    auto response = co_await next_->handle(request);
    response.fields.add(Name::access_control_allow_origin, "*");
    response.fields.add(Name::access_control_expose_headers, "*");
    co_return response;
}

}  // namespace cais::cors
