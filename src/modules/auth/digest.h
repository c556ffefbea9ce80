// The scheme Digest: RFC 7616 with SHA-256 and qop=auth, of what is read and written; which nonces are taken is
// nonces.h.
//
// Not done: MD5 and sessions (§3.4.2: the algorithm is offered by us, and browsers know SHA-256 by now); SHA-512-256,
// which clients that lack SHA-256 lack too; auth-int (§3.4.3), since content would have to be held whole;
// Authentication-Info (§3.5), which no client that we know looks at.
#pragma once
#include "base/result.h"
#include "modules/auth/secrets.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cais::auth {

// The directives of §3.4.
struct Digest {
    std::string username;    // decoded, where it came as username*
    bool is_hashed = false;  // userhash=true: `username` is userhash_of() the name
    std::string realm;
    std::string nonce;
    std::string uri;
    std::string response;  // 64 lower-case hexadecimal digits
    std::string cnonce;
    std::string nc_text;
    std::uint32_t nc = 0;
};

// What follows "Digest ".
// Errors    malformed: parameters that are broken, missing, there twice or contradict each other (§3.4: answer 400).
//           unsupported: another algorithm or qop than we offer.
[[nodiscard]] Result<Digest> parse_digest(std::string_view parameters);

// H(name:realm:password), §3.4.2: what is stored.
[[nodiscard]] Sha256 digest_hash(std::string_view name, std::string_view realm, std::string_view password);

// The response that a client with this stored hash gives, §3.4.1, in hexadecimal.
[[nodiscard]] std::string digest_response(const Sha256& stored, const Digest& digest, std::string_view method);

enum class Staleness : std::uint8_t { fresh, stale };
// §3.3. Stale: the password was right and the nonce no longer, so that nobody need be asked again.
[[nodiscard]] std::string digest_challenge(std::string_view realm, std::string_view nonce, Staleness staleness);

}  // namespace cais::auth
