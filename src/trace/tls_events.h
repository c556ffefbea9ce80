// Events of TLS: RFC 8446, RFC 5246, and what is made of the peer's certificates (RFC 5280, RFC 9525).
// All text is a view that ends with the call; what stems from the peer is as it came.
#pragma once
#include "trace/connection_events.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace cais::trace {

// What a client's first message offers: told by the client that sends it and by the server that understands it.
struct TlsOffer {
    static constexpr std::string_view event_name = "tls.offer";
    Direction direction;
    std::string_view server_name = {};                 // SNI (RFC 6066 §3)
    std::span<const std::string_view> protocols = {};  // ALPN (RFC 7301)
    std::span<const std::string_view> versions = {};   // "TLSv1.3"
    bool has_session = false;                          // it would resume one
};

// Which authorities will be believed.
struct TlsTrust {
    static constexpr std::string_view event_name = "tls.trust";
    std::string_view source;       // "system", "--cacert", "SSL_CERT_FILE", "nobody" (-k); static
    std::string_view file = {};    // a bundle
    std::string_view folder = {};  // by hashed names
    bool verifies = true;
};

// A message of a handshake (RFC 8446 §4, RFC 5246 §7.4), an alert (§6) or a change of cipher.
struct TlsMessage {
    static constexpr std::string_view event_name = "tls.handshake";
    Direction direction;
    enum Content : std::uint8_t { change_cipher_spec = 20, alert = 21, handshake = 22 } content;
    std::uint8_t type;      // of a handshake message; an alert's description
    std::string_view name;  // "ClientHello", "close notify"; static
    std::size_t octets;     // with its head
};

// One step of verifying a peer's certificates: a certificate of the chain, from its root down.
struct TlsVerification {
    static constexpr std::string_view event_name = "tls.verify";
    int depth;                 // 0: the peer's own certificate
    std::string_view subject;  // RFC 4514
    bool holds;
    std::string_view outcome;  // "ok", "certificate has expired"; static
    std::string_view issuer = {};
    std::string_view key_type = {};  // "RSA", "EC P-256", "ED25519"
    unsigned key_bits = 0;
    std::string_view signature = {};  // by which its issuer signed it: "ecdsa-with-SHA256", "RSA-SHA256"
    std::int64_t not_before = 0;      // seconds since 1970, UTC
    std::int64_t not_after = 0;
    bool is_trusted_root = false;  // it stems from our store
};

// What came of the verification as a whole.
struct TlsVerdict {
    static constexpr std::string_view event_name = "tls.verdict";
    bool holds;
    std::string_view outcome;            // "ok", or why not; static
    std::string_view host = {};          // who was asked for
    std::string_view matched_name = {};  // the alternative name that names it: "*.example.com"
    bool is_required = true;             // false: -k; the connection goes on without
};

// The handshake is done.
struct TlsEstablished {
    static constexpr std::string_view event_name = "tls.established";
    std::string_view version;         // "TLSv1.3"
    std::string_view cipher;          // "TLS_AES_256_GCM_SHA384"
    std::string_view group = {};      // "x25519"
    std::string_view signature = {};  // the peer's proof: "ecdsa_secp256r1_sha256"; empty where a session was resumed
    std::string_view protocol = {};   // what ALPN chose; empty: nothing
    std::string_view server_name = {};
    bool is_resumed = false;
    std::string_view peer_subject = {};  // on the server: of a client certificate that was verified
};

// Whether the kernel encrypts (kTLS).
struct TlsKernel {
    static constexpr std::string_view event_name = "tls.kernel";
    bool sends;
    bool receives;
};

// A handshake that did not come to its end, or a connection whose TLS broke.
struct TlsFailure {
    static constexpr std::string_view event_name = "tls.failure";
    std::string_view why;
};

}  // namespace cais::trace
