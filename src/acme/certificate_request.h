// What is asked of an authority in the end (RFC 8555 §7.4, PKCS #10), and the certificate that answers tls-alpn-01.
#pragma once
#include "acme/key.h"
#include "acme/name.h"

#include <string>

namespace cais::acme {

// A request for `name` alone, as a subject alternative name; DER.
[[nodiscard]] Result<std::string> certificate_request(const Key& key, const Name& name);

struct ChallengeCertificate {
    std::string certificate;  // PEM
    std::string key;          // PEM
};
// Self-signed, for one week, with the digest of the key authorization in a critical extension (RFC 8737 §3).
[[nodiscard]] Result<ChallengeCertificate> challenge_certificate(const Name& name, std::string_view key_authorization);

}  // namespace cais::acme
