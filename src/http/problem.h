// The content of an answer that says what went wrong, in the form that the client reads best: a page, plain text, or
// application/problem+json (RFC 9457). It tells what was wrong and what to do, never a path, a version or a type's
// name.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace cais::http {

enum class ProblemFormat : std::uint8_t { text, html, json };

// The form for a request with this value of Accept (empty where there is none): HTML where text/html is named,
// problem+json where a JSON type is, plain text otherwise, since `*/*` alone is what command lines send. Not done:
// quality values (RFC 9110 §12.5.1); http/negotiation.h takes this function's place.
[[nodiscard]] ProblemFormat choose_problem_format(std::string_view accept) noexcept;

// The value of Content-Type.
[[nodiscard]] std::string_view content_type(ProblemFormat format) noexcept;

// The value of Content-Security-Policy for the page: its own style by its hash, and nothing else.
[[nodiscard]] std::string_view problem_csp() noexcept;

// `reason` is the status code's phrase. `detail` says in one sentence what was wrong, `hint` in another what can be
// done; either may be empty. All three are our own words: nothing of the request goes in, so nothing of it can come
// out.
[[nodiscard]] std::string problem_body(ProblemFormat format, unsigned status, std::string_view reason,
                                       std::string_view detail, std::string_view hint = {});

}  // namespace cais::http
