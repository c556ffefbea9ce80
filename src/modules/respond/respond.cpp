#include "modules/respond/respond.h"

#include "http/problem_response.h"

namespace cais::respond {

Respond::Respond(Config config)
    : config_(std::move(config))
    , content_(std::string(config_.content))
{
}

io::Task<http::Response> Respond::handle(http::Request& request)
{
    const bool is_error = http::is_client_error(config_.status) || http::is_server_error(config_.status);
    if (is_error && content_.empty()) {
        http::Response response = http::problem_response(request, config_.status, "");
        co_return response;
    }
    http::Response response(request, config_.status);
    if (content_.empty()) co_return response;
    response.body = http::Body(content_);
    response.fields.add(http::Name::content_type, request.arena().copy(config_.type));
    co_return response;
}

}  // namespace cais::respond
