// How the content of a message is delimited: RFC 9112 §6.
#pragma once
#include "base/result.h"
#include "http/fields.h"
#include "http/version.h"

#include <cstdint>

namespace cais::http1 {

struct Framing {
    enum Kind : std::uint8_t { none, length, chunked };
    Kind kind = none;
    std::uint64_t bytes = 0;  // for length
};

// Of a request.
// Errors    malformed (400), unsupported (501). The connection closes after either: where the next request starts is
//           unknown.
[[nodiscard]] Result<Framing> request_framing(http::Version version, const http::Fields& fields);

}  // namespace cais::http1
