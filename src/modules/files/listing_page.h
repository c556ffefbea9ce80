// The style and script of the listing's page, made at build time from web/listing (cmake/web.cmake).
#pragma once
#include <string_view>

namespace cais::files {

extern const std::string_view listing_style;
extern const std::string_view listing_script;
extern const std::string_view listing_policy;  // Content-Security-Policy: both by their hashes

}  // namespace cais::files
