// Whom we ask, and by which way: what makes two connections as good as each other.
#pragma once
#include "uri/http_url.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cais::client {

// RFC 6454 §4, RFC 9110 §4.3.1.
struct Origin {
    bool is_secure = false;
    std::string host;  // lower case; an IPv6 address without brackets
    std::uint16_t port = 0;

    [[nodiscard]] static Origin of(const uri::HttpUrl& url) { return {url.is_secure, url.host, url.port}; }
    // "example.com:443", with the port always, as CONNECT has it (RFC 9110 §7.1).
    [[nodiscard]] std::string host_and_port() const
    {
        return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
    }
    bool operator==(const Origin&) const = default;
};

struct Proxy {
    Origin at;                  // is_secure: TLS to the proxy itself
    std::string authorization;  // the value of Proxy-Authorization; empty: none
    std::string_view from;      // "-x", "https_proxy": who named it; static
    bool operator==(const Proxy& other) const { return at == other.at && authorization == other.authorization; }
};

struct Way {
    Origin origin;
    std::optional<Proxy> proxy = {};

    // A proxy makes a tunnel to what is spoken to by TLS (CONNECT, RFC 9110 §9.3.6); else it is asked by the absolute
    // form (RFC 9112 §3.2.2).
    [[nodiscard]] bool is_tunnel() const noexcept { return proxy && origin.is_secure; }
    // Whom to connect to.
    [[nodiscard]] const Origin& first() const noexcept { return proxy ? proxy->at : origin; }
    // Whether a connection made for one serves the other: a proxy asked by the absolute form serves every origin.
    [[nodiscard]] bool serves(const Way& other) const
    {
        if (proxy != other.proxy) return false;
        return proxy && !is_tunnel() && !other.is_tunnel() ? true : origin == other.origin;
    }
};

}  // namespace cais::client
