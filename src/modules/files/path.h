// Which paths lead to files at all. They come decoded and free of dot segments (http/target.h).
#pragma once
#include "http/request.h"

#include <string_view>

namespace cais::files {

// False: an empty segment ("//") or a hidden one is in it, and nothing is there. A name that begins with a dot is
// hidden, except .well-known (RFC 8615), which is there to be found. `path` is the one below the root, without a slash
// before it.
[[nodiscard]] bool is_visible_path(std::string_view path) noexcept;

// Whether what is not there may be answered with a single-page application's page: it looks like a page, or the client
// says that it wants one; a missing script or image is better told as missing.
[[nodiscard]] bool wants_fallback(const http::Request& request);
// Whether Accept is asked for that.
[[nodiscard]] bool fallback_varies_by_accept(std::string_view path) noexcept;

}  // namespace cais::files
