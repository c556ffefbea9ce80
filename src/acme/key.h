// Keys: ECDSA on P-256, for the account and for certificates. Functions that fail do so for want of memory or entropy.
#pragma once
#include "acme/openssl.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace cais::acme {

[[nodiscard]] Result<Key> make_key();
// PKCS #8 in PEM, without a pass phrase.
[[nodiscard]] Result<std::string> to_pem(const Key& key);
// Errors    malformed: no such key, or not one on P-256.
[[nodiscard]] Result<Key> key_from_pem(std::string_view pem);

[[nodiscard]] std::string sha256(std::string_view octets);

}  // namespace cais::acme
