// What one peer may take of us. The defaults are right for the open internet.
#pragma once
#include "base/clock.h"

#include <cstdint>

namespace cais::http {

struct Limits {
    std::uint64_t request_line = 8 * 1024;          // octets; 414 beyond (RFC 9110 §15.5.15)
    std::uint64_t fields = 64 * 1024;               // octets of all field lines, trailers apart; 431 (RFC 6585 §5)
    std::uint64_t field_lines = 100;                // 431
    std::uint64_t buffered_content = 1024 * 1024;   // where a module needs it whole; 413
    std::uint64_t unread_content = 64 * 1024;       // read off after an answer that did not want it, then close
    std::uint64_t requests = 0;                     // on one connection; 0: any number
    base::Duration handshake_time = std::chrono::seconds(10);  // of TLS, from accepting to its end; then close
    base::Duration head_time = std::chrono::seconds(10);    // first octet of a head to its end; 408
    base::Duration idle_time = std::chrono::seconds(60);    // between requests; then close
    base::Duration unread_time = std::chrono::seconds(1);   // for unread_content
    std::uint64_t content_rate = 256;                       // octets a second of a request's content, at least …
    base::Duration content_time = std::chrono::seconds(30); // … over this long; else 408
    base::Duration send_time = std::chrono::seconds(30);    // a reader that takes nothing for so long is cut
    std::uint64_t send_rate = 256;                          // and one that takes less a second …
    base::Duration send_rate_time = std::chrono::seconds(60);  // … over this long
};

}  // namespace cais::http
