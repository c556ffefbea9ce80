// What is known of an exchange when it has ended: what an access log, a counter or a test wants to hear.
#pragma once
#include "base/clock.h"

#include <cstdint>
#include <string_view>

namespace cais::http {

// All texts are as they came, with whatever a peer put into them: whoever shows one escapes it. They live as long as
// the exchange; an empty one was not there.
struct ExchangeRecord {
    base::WallTime started{};       // when the first octet of the request was there
    base::Duration duration{};      // until the last octet of the response was handed to the kernel, or the cut
    std::string_view peer = {};     // the client's address as text: ours, not the peer's
    std::string_view user = {};     // who was authenticated; not what was only claimed
    std::string_view method = {};   // empty: the request line was never understood
    std::string_view target = {};   // as in the request line, with its query
    std::string_view version = {};  // "HTTP/1.1"
    std::string_view host = {};     // the authority that was asked for
    std::string_view referer = {};
    std::string_view user_agent = {};
    std::uint16_t status = 0;  // 0: none was sent
    std::uint64_t content_bytes_sent = 0;
    std::uint64_t content_bytes_received = 0;
    bool complete = true;  // false: the response was cut
};

}  // namespace cais::http
