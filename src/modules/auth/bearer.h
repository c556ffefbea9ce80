// The scheme Bearer: RFC 6750, with opaque tokens that `cais user token` makes.
// Not done: tokens in the content or the query (RFC 6750 §2.2, §2.3): there they get into logs and histories.
#pragma once
#include "base/result.h"
#include "modules/auth/secrets.h"

#include <string>
#include <string_view>

namespace cais::auth {

// A new one: "cais_" and 256 random bits, which is what tools that look for lost secrets can find.
[[nodiscard]] Secret make_token();

// What is stored of it, and what it is found by.
[[nodiscard]] Sha256 hash_of_token(std::string_view token);

// What follows "Bearer ", RFC 6750 §2.1. Gives its hash.
// Errors    malformed: no b64token.
[[nodiscard]] Result<Sha256> parse_bearer(std::string_view token);

// RFC 6750 §3: an error is named where there was a token, and not where there was none.
enum class TokenState : std::uint8_t { none, invalid };
[[nodiscard]] std::string bearer_challenge(std::string_view realm, TokenState state);

}  // namespace cais::auth
