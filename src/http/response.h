// Response: what an exchange answers. It is made by a module, changed by the wrappers on its way up, and written by
// whatever version of HTTP the request came in.
#pragma once
#include "http/body.h"
#include "http/fields.h"
#include "http/request.h"
#include "http/status.h"

#include <memory>

namespace cais::io {
class Stream;
}

namespace cais::http {

// What becomes of the connection, or of the stream, after the head: a WebSocket, a tunnel.
class Takeover {
public:
    virtual ~Takeover() = default;
    // `stream` begins with what came after the request; it is the wire's and ends with this task.
    virtual io::Task<void> run(io::Stream& stream) = 0;
};

// Its fields' text lives in the request's arena, is static, or is kept by the body. The wire adds Date, and what frames
// the content: Content-Length from the body's length (not where the fields have one: a HEAD says what a GET would), or a
// transfer coding.
struct Response {
    Response(Request& request, Status with) noexcept : status(with), fields(request.arena()) {}
    Response(Request& request, Status with, Body content) noexcept
        : status(with), fields(request.arena()), body(std::move(content))
    {
    }

    Status status;
    bool close = false;  // this connection takes no more requests
    Fields fields;
    Body body = {};
    std::unique_ptr<Takeover> takeover = {};  // with 101 (HTTP/1.1), or 200 to CONNECT
};

}  // namespace cais::http
