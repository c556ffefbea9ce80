// The style of the problem page, made at build time from web/problem (cmake/web.cmake).
#pragma once
#include <string_view>

namespace cais::http {

extern const std::string_view problem_style;
extern const std::string_view problem_policy;  // Content-Security-Policy: the style by its hash

}  // namespace cais::http
