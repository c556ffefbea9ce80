#include "modules/rewrite/rewrite.h"

#include "http/problem_response.h"
#include "uri/percent.h"

namespace cais::rewrite {
namespace {

using http::Status;

// Puts `target` ("/path?query", in the arena) in the place of the request's. False where no request could have it.
bool replace(http::Request& request, std::string_view target)
{
    auto made = http::parse_target(http::Method::get, target, request.arena());
    if (!made || made->has_empty_segment) return false;
    if (request.asked_path.empty()) request.asked_path = request.target.path;
    // What is not of the path stays: the form, and an absolute target's scheme and authority.
    made->form = request.target.form;
    made->scheme = request.target.scheme;
    made->authority = request.target.authority;
    // Still a folder's without its slash, whose module says so.
    const bool lacked_slash = request.lacks_slash();
    request.target = *made;
    request.matched = lacked_slash ? static_cast<std::uint32_t>(made->path.size()) + 1 : 1;
    return true;
}

io::Task<http::Response> refuse(http::Request& request)
{
    co_return http::problem_response(request, Status::not_found, "There is nothing at this address.");
}

// `path` (decoded) as a target, with the request's query.
std::string_view target_of(const http::Request& request, std::string_view path)
{
    std::string text;
    if (!path.starts_with('/')) text += '/';
    uri::append_percent_encoded(text, path, uri::path);
    if (request.target.has_query) uri::append_query(text += '?', request.target.query);
    return request.arena().copy(text);
}

}  // namespace

io::Task<http::Response> Strip::handle(http::Request& request)
{
    const std::string_view path = request.target.path;
    if (!path.starts_with(prefix_)) return next_->handle(request);
    const std::string_view rest = path.substr(prefix_.size());
    if (!rest.empty() && rest.front() != '/') return next_->handle(request);
    if (!replace(request, target_of(request, rest))) return refuse(request);
    return next_->handle(request);
}

io::Task<http::Response> Rewrite::handle(http::Request& request)
{
    const std::string_view target = config_.to.expand(request);
    if (target.empty() || !replace(request, target)) return refuse(request);
    return next_->handle(request);
}

}  // namespace cais::rewrite
