// The scheme Basic: RFC 7617, in UTF-8.
#pragma once
#include "base/result.h"
#include "modules/auth/secrets.h"

#include <string>
#include <string_view>

namespace cais::auth {

struct Basic {
    std::string name;
    Secret password;
    // False: what somebody may have typed and nobody has, since it is not UTF-8, has control characters or is too long.
    // That is a wrong password (401, the browser asks again), not a broken request.
    bool is_possible = true;
};

// What follows "Basic ": base 64 of name:password, RFC 7617 §2. The first colon ends the name.
// Errors    malformed: no base 64 with its padding, or without a colon.
[[nodiscard]] Result<Basic> parse_basic(std::string_view token);

// `Basic realm="cais", charset="UTF-8"`, RFC 7617 §2.1.
[[nodiscard]] std::string basic_challenge(std::string_view realm);

}  // namespace cais::auth
