// The head of a request, written: RFC 9112 §3 and §5 to §7.
#pragma once
#include "http/outgoing_request.h"
#include "http1/framing.h"

#include <string>

namespace cais::http1 {

// How the content of a request that we send is delimited: by its length where that is known, else in chunks. A method
// that means to bring content says so though it is empty (RFC 9110 §8.6).
[[nodiscard]] Framing outgoing_framing(const http::OutgoingRequest& request);

// The whole head. Fields that say how the connection is used, or frame the content, are ours, but for Upgrade and TE,
// which are named in Connection (RFC 9110 §7.6.1).
// Errors    malformed: a method, target, authority or field that cannot be sent as it is; nothing is repaired.
[[nodiscard]] Result<std::string> write_request_head(const http::OutgoingRequest& request, const Framing& framing);

}  // namespace cais::http1
