// Events of one exchange, whatever the version of HTTP: RFC 9110. A client sends the request and receives the response,
// a server the other way round; which of the two speaks is in the Context.
// All text is a view that ends with the call; what stems from the peer is as it came, secrets and all: who shows it
// hides the one (Authorization, Cookie …) and escapes the other.
#pragma once
#include "trace/connection_events.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cais::trace {

enum class Message : std::uint8_t { request, response };

struct Field {
    std::string_view name;
    std::string_view value;
};

// The head as a whole. Of HTTP/2 and 3 the pseudo-fields are the members here, not in `fields`.
struct RequestHead {
    static constexpr std::string_view event_name = "request.head";
    std::string_view method;
    std::string_view target;   // as in the request line; of HTTP/2 and 3 :path (empty: CONNECT)
    std::string_view version;  // "HTTP/1.1", "HTTP/2"
    std::span<const Field> fields = {};
    std::string_view scheme = {};     // of HTTP/2 and 3
    std::string_view authority = {};  // of HTTP/2 and 3
    std::string_view protocol = {};   // :protocol (RFC 8441 §4)
    std::optional<std::uint64_t> stream = {};
};

struct ResponseHead {
    static constexpr std::string_view event_name = "response.head";
    unsigned status;
    std::string_view version;
    std::span<const Field> fields = {};
    std::string_view reason = {};  // of HTTP/1
    bool is_interim = false;       // 1xx: another one comes
    std::optional<std::uint64_t> stream = {};
};

// So much content has passed, as it is on the wire: without chunks and frames, with its coding. Not for each piece: see
// ContentMeter.
struct ContentProgress {
    static constexpr std::string_view event_name = "content";
    Message of;
    std::uint64_t octets;                     // from its beginning
    std::optional<std::uint64_t> whole = {};  // where its length is known
};

struct Trailers {
    static constexpr std::string_view event_name = "trailers";
    Message of;
    std::span<const Field> fields;
};

// The last octet of a request or a response has passed.
struct MessageEnd {
    static constexpr std::string_view event_name = "message.end";
    Message of;
    std::uint64_t octets = 0;  // of content
};

// Which site and route of a server take the request, and what answers it.
struct Routing {
    static constexpr std::string_view event_name = "route";
    std::string_view site;    // its host
    std::string_view path;    // the route's
    std::string_view module;  // "files"; static
};

// One of several was chosen: a representation (RFC 9110 §12), a coding that is decoded, a credential.
struct Choice {
    static constexpr std::string_view event_name = "choice";
    std::string_view of;           // "content-coding", "language", "media type", "decoder"; static
    std::string_view chosen;       // "br"
    std::string_view wanted = {};  // what the peer said: "gzip, br;q=0.9"
    std::string_view why = {};
};

struct CacheDecision {
    static constexpr std::string_view event_name = "cache";
    std::string_view decision;  // "hit", "miss", "stale", "revalidated", "stored", "bypass"; static
    std::string_view why = {};
    std::optional<std::chrono::seconds> age = {};
};

// A client follows it.
struct Redirect {
    static constexpr std::string_view event_name = "redirect";
    unsigned status;
    std::string_view from;  // URLs, without passwords
    std::string_view to;
    std::string_view method;  // of the next request
    bool keeps_content = false;
    bool drops_credentials = false;  // it leads to another origin
};

struct Retry {
    static constexpr std::string_view event_name = "retry";
    unsigned attempt;  // the one that begins: from 2
    std::string_view why;
    std::chrono::nanoseconds after{};
};

// What an exchange failed by.
struct Failure {
    static constexpr std::string_view event_name = "failure";
    std::string_view phase;  // "resolve", "connect", "tls", "send", "wait", "receive"; static
    std::string_view why;    // for people
};

// Nothing more comes of this exchange.
struct ExchangeEnd {
    static constexpr std::string_view event_name = "exchange.end";
    unsigned status = 0;  // 0: no answer
    bool is_complete = true;
    std::uint64_t octets_sent = 0;  // of content
    std::uint64_t octets_received = 0;
    std::chrono::nanoseconds took{};
};

// Whether a piece of content is worth an event: at most one in each tenth of a second.
class ContentMeter {
public:
    [[nodiscard]] bool is_due(std::chrono::steady_clock::time_point now) noexcept
    {
        if (now < next_) return false;
        next_ = now + std::chrono::milliseconds(100);
        return true;
    }

private:
    std::chrono::steady_clock::time_point next_{};
};

}  // namespace cais::trace
