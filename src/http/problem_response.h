// A response that says what was wrong, in the form that the client asked for (RFC 9110 §12.5.1, RFC 9457).
#pragma once
#include "http/request.h"
#include "http/response.h"

#include <string_view>

namespace cais::http {

// `detail`: what was wrong with this request, a sentence for whoever sent it, without paths or versions of ours.
// `source`: where that is written ("RFC 9112 §6.3"), or empty. HTML, plain text or application/problem+json by Accept.
[[nodiscard]] Response problem_response(Request& request, Status status, std::string_view detail, std::string_view source = {});

}  // namespace cais::http
