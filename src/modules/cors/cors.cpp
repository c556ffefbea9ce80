#include "modules/cors/cors.h"

#include "http/list.h"
#include "http/problem_response.h"

#include <algorithm>

namespace cais::cors {
namespace {

using http::Method;
using http::Name;

// As a list: what a module has, where that is not nearly everything.
std::string list_of(http::MethodSet offered)
{
    constexpr int most = 12;
    base::Arena arena;
    int count = 0;
    for (unsigned i = 1; i < static_cast<unsigned>(Method::count_); ++i)
        count += offered.has(static_cast<Method>(i)) ? 1 : 0;
    return count <= most ? std::string(offered.text(arena)) : std::string();
}

void add_to_vary(http::Response& response, std::string_view name)
{
    const auto there = response.fields.all(Name::vary);
    if (!there || !(http::has_member(there, name) || http::has_member(there, "*")))
        response.fields.add(Name::vary, name);
}

}  // namespace

Cors::Cors(Config config, http::MethodSet offered, http::Handler& next)
    : config_(std::move(config))
    , next_(&next)
{
    base::append_decimal(max_age_,
                         static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(config_.max_age).count()));
    if (config_.methods.empty()) config_.methods = list_of(offered);
    // With credentials `*` is a method's name (Fetch, "CORS-preflight fetch", 7.5).
    if (config_.methods.empty()) config_.methods = config_.credentials ? "GET, HEAD, POST" : "*";
}

Cors::Origin Cors::origin_of(const http::Request& request) const
{
    const auto origin = request.fields.one(Name::origin);
    if (!origin) return Origin::none;
    if (config_.origins.empty()) return Origin::allowed;
    return std::ranges::find(config_.origins, *origin) != config_.origins.end() ? Origin::allowed : Origin::other;
}

io::Task<http::Response> Cors::handle(http::Request& request)
{
    // A preflight asks whether a method and fields may be used (Fetch, "CORS-preflight request").
    const bool is_preflight = request.method == Method::options && request.fields.has(Name::origin) &&
                              request.fields.has(Name::access_control_request_method);
    return is_preflight ? answer_preflight(request) : ask_and_allow(request);
}

io::Task<http::Response> Cors::answer_preflight(http::Request& request) const
{
    if (origin_of(request) != Origin::allowed) {
        http::Response response = http::problem_response(
            request, http::Status::forbidden, "Pages of this origin may not ask here.", "Fetch, CORS protocol");
        add_to_vary(response, "Origin");
        co_return response;
    }
    http::Response response(request, http::Status::no_content);
    allow_origin(request, response);
    response.fields.add(Name::access_control_allow_methods, config_.methods);
    if (!config_.fields.empty()) {
        response.fields.add(Name::access_control_allow_headers, config_.fields);
    } else {
        // Said one by one, since `*` is not Authorization.
        const auto fields = request.fields.one(Name::access_control_request_headers);
        if (fields && !fields->empty() && http::is_field_value(*fields))
            response.fields.add(Name::access_control_allow_headers, *fields);
        add_to_vary(response, "Access-Control-Request-Headers");
    }
    response.fields.add(Name::access_control_max_age, max_age_);
    co_return response;
}

io::Task<http::Response> Cors::ask_and_allow(http::Request& request)
{
    auto response = co_await next_->handle(request);
    // Ours is the policy, whatever an upstream says.
    response.fields.remove(Name::access_control_allow_origin);
    response.fields.remove(Name::access_control_allow_credentials);
    response.fields.remove(Name::access_control_expose_headers);
    const Origin origin = origin_of(request);
    // Any origin's answer is the same, so that caches may share one; else each is of its own.
    const bool is_same_for_all = config_.origins.empty();
    if (origin == Origin::allowed || is_same_for_all) {
        allow_origin(request, response);
        if (!config_.expose.empty()) response.fields.add(Name::access_control_expose_headers, config_.expose);
    } else {
        add_to_vary(response, "Origin");
    }
    co_return response;
}

void Cors::allow_origin(const http::Request& request, http::Response& response) const
{
    if (config_.origins.empty()) {
        response.fields.add(Name::access_control_allow_origin, "*");
        return;
    }
    // Ours of the two equal texts: it is known to be one of the list.
    const auto origin = std::ranges::find(config_.origins, request.fields.all(Name::origin).front());
    response.fields.add(Name::access_control_allow_origin, *origin);
    if (config_.credentials) response.fields.add(Name::access_control_allow_credentials, "true");
    add_to_vary(response, "Origin");
}

}  // namespace cais::cors
