#include "modules/redirect/redirect.h"

#include "http/problem_response.h"

namespace cais::redirect {

using http::Status;

io::Task<http::Response> Redirect::handle(http::Request& request)
{
    const std::string_view location = config_.to.expand(request);
    if (location.empty()) {
        http::Response response = http::problem_response(
            request, Status::bad_request, "The request names no host, and where to go depends on it.", "RFC 9110 §7.2");
        co_return response;
    }
    http::Response response =
        http::problem_response(request, config_.status, "What you asked for is at another address.");
    response.fields.add(http::Name::location, location);
    co_return response;
}

}  // namespace cais::redirect
