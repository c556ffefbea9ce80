// What the server answers itself, whatever is served: methods that nobody registered, OPTIONS *, TRACE, CONNECT.
#pragma once
#include "http/handler.h"

namespace cais::server {

enum class TraceMethod : bool { refused, answered };

[[nodiscard]] inline bool is_for_server(const http::Request& request) noexcept
{
    return request.method == http::Method::other || request.method == http::Method::trace ||
           request.method == http::Method::connect || request.target.form == http::Target::asterisk;
}

[[nodiscard]] io::Task<http::Response> answer_for_server(http::Request& request, TraceMethod trace);

// TRACE is the server's, and with it every resource has it: a module's Allow does not know that.
[[nodiscard]] io::Task<http::Response> ask_and_add_trace(http::Handler& next, http::Request& request);

}  // namespace cais::server
