// How the content of a message is delimited: RFC 9112 §6.
#pragma once
#include "base/result.h"
#include "http/fields.h"
#include "http/method.h"
#include "http/status.h"
#include "http/version.h"

#include <cstdint>

namespace cais::http1 {

struct Framing {
    enum Kind : std::uint8_t {
        none,
        length,
        chunked,
        close,  // the end of the connection; of a response alone
    };
    Kind kind = none;
    std::uint64_t bytes = 0;  // for length
};

// Of a request.
// Errors    malformed (400), unsupported (501). The connection closes after either: where the next request starts is
//           unknown.
[[nodiscard]] Result<Framing> request_framing(http::Version version, const http::Fields& fields);

// Of a response that was received, to a request with `method`. After a 101, and a 2xx to CONNECT, what follows the head
// is no content and no HTTP.
// Errors    malformed, unsupported: where the content ends, and the next response begins, is unknown.
[[nodiscard]] Result<Framing> received_framing(std::string_view method, http::Status status, http::Version version,
                                               const http::Fields& fields);

}  // namespace cais::http1
