// What is told of a handshake to whoever listens (trace/tls_events.h). For this folder. Nobody comes here where nobody
// listens.
#pragma once
#include "trace/context.h"

#include <cstddef>
#include <string>
#include <string_view>

struct ssl_st;
struct x509_store_ctx_st;

namespace cais::tls {

// A message, an alert or a change of cipher, as OpenSSL's msg_callback is told of it; nothing for heads of records and
// the like. A ClientHello is followed by what it offers.
void tell_message(const trace::Context& trace, trace::Direction direction, int content, std::string_view octets);
// One that our own records carry (records.h).
void tell_alert(const trace::Context& trace, trace::Direction direction, unsigned char description);

// A certificate of the peer's chain that is being verified.
void tell_verification(const trace::Context& trace, x509_store_ctx_st* chain, bool holds);

// What came of it as a whole, where the peer has shown a certificate. `host` is who was asked for, or empty.
void tell_verdict(const trace::Context& trace, ssl_st* ssl, const std::string& host);

// The handshake is done.
void tell_established(const trace::Context& trace, ssl_st* ssl, const std::string& server_name,
                      const std::string& peer_subject);

// The name of a signature scheme (RFC 8446 §4.2.3) from what OpenSSL tells of it; empty: none that we know.
[[nodiscard]] std::string name_of_signature(int key, int digest);

}  // namespace cais::tls
