// The content of a 206 with several ranges: multipart/byteranges (RFC 9110 §14.6).
#pragma once
#include "base/arena.h"
#include "http/body.h"
#include "http/ranges.h"

#include <functional>
#include <memory>

namespace cais::http {

// `part(first, length)` gives the representation's octets of one range, as a body of known kind (bytes or file).
// `arena` holds the parts' heads: the request's.
[[nodiscard]] std::unique_ptr<Body::Source> make_multipart_body(const Multipart& multipart, const Selection& selection,
                                                                std::move_only_function<Body(std::uint64_t, std::uint64_t)> part,
                                                                base::Arena& arena);

}  // namespace cais::http
