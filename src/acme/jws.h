// How requests to an authority are signed: JSON Web Signature (RFC 7515) in its flattened form, as RFC 8555 §6.2 has
// it.
#pragma once
#include "acme/key.h"

#include <string>
#include <string_view>

namespace cais::acme {

// The public half as a JSON Web Key (RFC 7517), its members in the order that a thumbprint asks for (RFC 7638 §3).
[[nodiscard]] Result<std::string> jwk_of(const Key& key);

// What proves that a challenge was answered by the account (RFC 8555 §8.1): token "." thumbprint.
[[nodiscard]] std::string key_authorization(std::string_view token, std::string_view jwk);

struct Signing {
    const Key& key;
    std::string_view url;
    std::string_view nonce;
    std::string_view account;  // its URL; empty: the key itself stands there, for newAccount
};
// The whole content of a request. `payload` is JSON, or empty for POST-as-GET (§6.3).
[[nodiscard]] Result<std::string> sign(const Signing& with, std::string_view payload);

// externalAccountBinding (§7.3.4): our key, signed with HMAC SHA-256 by the one that the authority gave.
// Errors    malformed: `mac_key` is no base64url.
[[nodiscard]] Result<std::string> bind_account(std::string_view id, std::string_view mac_key, std::string_view url,
                                               std::string_view jwk);

}  // namespace cais::acme
