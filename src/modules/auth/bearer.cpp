#include "modules/auth/bearer.h"

#include "base/base64.h"
#include "modules/auth/credentials.h"

#include <algorithm>

namespace cais::auth {

Secret make_token()
{
    Sha256 octets;
    fill_random(octets);
    std::string text = base::to_base64(text_of(octets));
    while (text.ends_with('=')) text.pop_back();
    // The URL-safe alphabet, RFC 4648 §5: it survives shells and file names.
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return Secret("cais_" + text);
}

Sha256 hash_of_token(std::string_view token) { return sha256({token}); }

Result<Sha256> parse_bearer(std::string_view token)
{
    if (!is_token68(token)) return fail(Error::malformed, "what follows Bearer is no token", "RFC 6750 §2.1");
    return hash_of_token(token);
}

std::string bearer_challenge(std::string_view realm, TokenState state)
{
    std::string challenge = "Bearer realm=" + quoted(realm);
    if (state == TokenState::invalid) challenge += ", error=\"invalid_token\"";
    return challenge;
}

}  // namespace cais::auth
