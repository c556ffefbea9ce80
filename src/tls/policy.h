// What both roles speak: versions, suites, groups, signatures. For this folder.
//
// TLS 1.3 and 1.2 (RFC 9325 §3.1), forward secrecy and AEAD only (§4.1, §4.2); no renegotiation, no compression (§3.5,
// §3.3).
#pragma once

struct ssl_ctx_st;

namespace cais::tls {

[[nodiscard]] bool apply_policy(ssl_ctx_st* context);

}  // namespace cais::tls
