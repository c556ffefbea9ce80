// What a client offers, read from its first message before anything is decided: RFC 8446 §4.1.2.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cais::tls {

// The host name of a server_name extension, as it was sent (RFC 6066 §3); empty text: the list has none.
// Nothing where it is malformed.
[[nodiscard]] std::optional<std::string_view> parse_server_name(std::string_view extension [[clang::lifetimebound]]);

// The name as certificates and sites are looked up by: lower case, without a last dot. Nothing where no host has such
// a name: over 253 octets, or of others than letters, digits, '-', '_', '.' and, of an address, ':'.
[[nodiscard]] std::optional<std::string> normalise_server_name(std::string_view name);

// The highest version that is offered: of supported_versions where it is there (RFC 8446 §4.2.1), else the message's
// own. What no version is (RFC 8701) does not count.
[[nodiscard]] std::uint16_t highest_version(std::uint16_t legacy_version,
                                            std::optional<std::string_view> supported_versions);
// "TLS 1.0", "SSL 3.0", or "version 0x7F1C".
[[nodiscard]] std::string text_of_version(std::uint16_t version);

// A ClientHello as it is sent and received, with the head of a handshake message; for who tells of it.
struct ClientHello {
    std::string_view server_name = {};             // as it was sent; empty: none, or one that is malformed
    std::vector<std::string_view> protocols = {};  // ALPN's
    std::vector<std::uint16_t> versions = {};      // that are offered, as they stand; what is none is left out
    bool has_session = false;                      // pre_shared_key, a ticket, or a session of TLS 1.2
};
// Nothing where it is malformed, or another message.
[[nodiscard]] std::optional<ClientHello> read_client_hello(std::string_view message [[clang::lifetimebound]]);

// Whether the extension of RFC 7301 offers this protocol and no other.
[[nodiscard]] bool offers_only(std::string_view protocols_extension, std::string_view protocol);

}  // namespace cais::tls
