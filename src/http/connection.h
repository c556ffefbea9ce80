// Connection: what is known of the connection that a request came over, whatever the version of HTTP. A module may ask
// it who is at the other end and whether anybody could listen; it never learns how the octets moved.
#pragma once
#include "io/address.h"
#include "trace/context.h"

#include <cstdint>
#include <string_view>

namespace cais::http {

// What TLS came to. The text lives as long as the connection.
struct Security {
    std::string_view server_name;     // what SNI asked for, lower case; empty: nothing (RFC 6066 §3)
    std::string_view version;         // "TLSv1.3"
    std::string_view cipher;          // OpenSSL's name
    std::string_view client_subject;  // of a client certificate that was verified, as RFC 4514 writes it; empty: none
    std::string_view client_digest;   // SHA-256 of that certificate's DER, lower-case hexadecimal
    // Which rules for client certificates held in the handshake; 0: none were asked for. A request for a site with
    // others is misdirected (RFC 9110 §15.5.20).
    std::uint32_t client_rules = 0;
};

// It stays in the frame of each idle connection: small.
struct Connection {
    io::Address peer;
    std::uint32_t listener = 0;          // which of the server's
    const Security* security = nullptr;  // null: in the clear
    const trace::Context* trace = nullptr;  // null: nobody listens
};
static_assert(sizeof(Connection) <= 48);

}  // namespace cais::http
