// A name that a certificate is wanted for: a host, a wildcard, or an address.
#pragma once
#include <string>
#include <string_view>

namespace cais::acme {

struct Name {
    // Lower case: "example.org", "*.example.org", "192.0.2.1", "2001:db8::1" (RFC 5952).
    std::string text;

    [[nodiscard]] bool is_address() const noexcept;
    [[nodiscard]] bool is_wildcard() const noexcept { return text.starts_with("*."); }
    // What an order calls its kind (RFC 8555 §7.1.4, RFC 8738 §3).
    [[nodiscard]] std::string_view type() const noexcept { return is_address() ? "ip" : "dns"; }
    // Without "*.".
    [[nodiscard]] std::string_view base() const noexcept
    {
        return is_wildcard() ? std::string_view(text).substr(2) : std::string_view(text);
    }
    // As a handshake with tls-alpn-01 asks for it: itself; of an address what the DNS looks it up by, without the dot
    // at the end (RFC 8738 §6): "1.2.0.192.in-addr.arpa".
    [[nodiscard]] std::string server_name() const;
    // As files are called: '*' is not for them.
    [[nodiscard]] std::string file_name() const;

    bool operator==(const Name&) const = default;
};

}  // namespace cais::acme
