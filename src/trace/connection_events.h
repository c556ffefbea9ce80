// Events of how a connection comes about and goes: names, addresses, the race between them (RFC 8305), its end.
// All text is a view that ends with the call. Addresses are text: "192.0.2.1:443", "[2001:db8::1]:443".
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cais::trace {

enum class Direction : std::uint8_t { received, sent };

// A name is looked up.
struct ResolveBegin {
    static constexpr std::string_view event_name = "resolve.begin";
    std::string_view host;
    std::uint16_t port = 0;
};

// What came of it: at once, or one answer of two (A and AAAA are asked together).
struct ResolveAnswer {
    static constexpr std::string_view event_name = "resolve.answer";
    std::string_view host;
    std::string_view source;                // "literal", "localhost", "option" (--resolve), "hosts", "dns"; static
    std::span<const std::string_view> ip6;  // without ports, in the order of the answer
    std::span<const std::string_view> ip4;
    std::string_view canonical_name = {};  // where an alias led
};

struct ResolveFailure {
    static constexpr std::string_view event_name = "resolve.failure";
    std::string_view host;
    std::string_view why;
};

// In which order the addresses will be tried (RFC 8305 §4).
struct RaceBegin {
    static constexpr std::string_view event_name = "connect.race";
    std::span<const std::string_view> addresses;  // with ports
    std::chrono::nanoseconds delay{};             // between two tries
};

struct ConnectBegin {
    static constexpr std::string_view event_name = "connect.begin";
    std::string_view address;
    unsigned attempt = 1;  // of this race, from 1
};

struct Connected {
    static constexpr std::string_view event_name = "connect.done";
    std::string_view address;
    std::string_view local = {};
    std::chrono::nanoseconds took{};
};

struct ConnectFailure {
    static constexpr std::string_view event_name = "connect.failure";
    std::string_view address;
    std::string_view why;
    std::chrono::nanoseconds took{};
};

// Another address was faster, or nobody waits any more.
struct ConnectCancelled {
    static constexpr std::string_view event_name = "connect.cancelled";
    std::string_view address;
    std::chrono::nanoseconds took{};
};

// The way leads over a proxy: a tunnel by CONNECT, or the absolute form.
struct ProxyUsed {
    static constexpr std::string_view event_name = "proxy";
    std::string_view proxy;   // "http://proxy.example:3128", without a password
    std::string_view target;  // "example.com:443"
    bool is_tunnel = false;
    std::string_view from = {};  // "-x", "https_proxy"; static
};

// A server has accepted it. What is spoken is not known yet.
struct ConnectionAccepted {
    static constexpr std::string_view event_name = "connection.accepted";
    std::string_view peer;
    std::string_view local;
};

// Octets can go both ways, encrypted where it is to be; with TLS this follows TlsEstablished.
struct ConnectionOpened {
    static constexpr std::string_view event_name = "connection.opened";
    std::string_view peer;
    std::string_view local = {};
    std::string_view protocol;  // what is spoken: "http/1.1", "h2", "h2c", "h3"
    bool is_secure = false;
};

// An exchange takes one that is there.
struct ConnectionReused {
    static constexpr std::string_view event_name = "connection.reused";
    std::string_view peer;
    std::string_view protocol;
    std::uint64_t exchanges = 0;  // before this
};

// An exchange has ended, and the connection stays for others.
struct ConnectionKept {
    static constexpr std::string_view event_name = "connection.kept";
    std::optional<std::chrono::nanoseconds> limit = {};  // how long at most
};

struct ConnectionClosed {
    static constexpr std::string_view event_name = "connection.closed";
    std::string_view why;         // "the peer closed it", "Connection: close", "idle for 60s"
    std::uint64_t exchanges = 0;  // that it has carried
    bool is_failure = false;      // something went wrong
    bool by_peer = false;
};

}  // namespace cais::trace
