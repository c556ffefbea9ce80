// The client's side of an exchange: what we ask, and what comes back, whatever the version of HTTP.
#pragma once
#include "http/body.h"
#include "http/fields.h"
#include "http/status.h"
#include "http/version.h"

#include <functional>
#include <string_view>

namespace cais::http {

// What we ask. Its text is borrowed and, like the request itself, outlives the exchange. The wire adds what names the
// authority and what frames the content (Content-Length from the body's length, or a transfer coding), and writes those
// fields that say how a connection is used.
struct OutgoingRequest {
    explicit OutgoingRequest(base::Arena& arena) noexcept
        : fields(arena)
    {
    }

    std::string_view method = "GET";
    std::string_view target = "/";  // in the form that the method and the way ask for (RFC 9110 §7.1)
    std::string_view authority;     // Host, :authority
    Fields fields;
    Body body = {};
    bool close = false;  // the connection takes no further request

    // Called for each interim response but 100 (Continue); may stay empty.
    std::function<void(Status, const Fields&)> interim = {};
};

// What came back. Text and fields live until the exchange ends, in the wire's memory, and so does the body's source.
struct IncomingResponse {
    IncomingResponse(Status with, Version in, const Fields& lines) noexcept
        : status(with)
        , version(in)
        , fields(lines)
    {
    }

    Status status;
    Version version;
    std::string_view reason = {};  // for people; HTTP/1 alone has one
    Fields fields;
    Body body = {};
};

}  // namespace cais::http
