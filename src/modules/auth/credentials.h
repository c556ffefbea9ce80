// What Authorization carries and WWW-Authenticate asks for, whatever the scheme: RFC 9110 §11.
#pragma once
#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace cais::auth {

inline constexpr std::size_t most_parameters = 32;

// credentials = auth-scheme [ 1*SP ( token68 / #auth-param ) ], RFC 9110 §11.4. Views of what was parsed.
struct Credentials {
    std::string_view scheme;  // in any case
    std::string_view rest;    // what follows; empty where nothing does
};

// Errors    malformed: no token first, or no space behind it.
[[nodiscard]] Result<Credentials> parse_credentials(std::string_view value [[clang::lifetimebound]]);

// token68, RFC 9110 §11.2.
[[nodiscard]] bool is_token68(std::string_view text) noexcept;

struct Parameter {
    std::string_view name;  // in any case; a view of what was parsed
    std::string value;      // without quotes and backslashes
};

// #auth-param, RFC 9110 §11.2: a token or a quoted string each, white space around "=" as old senders put it.
// Errors    malformed: no list of parameters, or a name twice. too_large: more than 32.
[[nodiscard]] Result<std::vector<Parameter>> parse_parameters(std::string_view text [[clang::lifetimebound]]);

// As a quoted-string (RFC 9110 §5.6.4). `text` is a field value.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace cais::auth
