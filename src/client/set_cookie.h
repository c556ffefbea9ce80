// The value of a Set-Cookie field, read as user agents read it: RFC 6265bis §5.6. What a jar makes of it is cookies.h.
#pragma once
#include "base/clock.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cais::client {

enum class SameSite : std::uint8_t { unset, none, lax, strict };

struct SetCookie {
    static constexpr std::size_t most_octets = 4096;            // of name and value together
    static constexpr std::size_t most_attribute_octets = 1024;  // of an attribute's value; a longer one is ignored
    static constexpr std::chrono::days most_age{400};           // later dates are made this one

    std::string name = {};
    std::string value = {};
    // The last of each attribute that could be read counts.
    std::optional<base::Seconds> expires = {};  // of Max-Age, else of Expires; in the past: the cookie is to go
    std::optional<std::string> domain = {};     // lower case, without a leading "."
    std::optional<std::string> path = {};       // begins with "/"
    bool is_secure = false;
    bool is_http_only = false;
    SameSite same_site = SameSite::unset;

    // Errors    malformed: a control character, no name, a prefix of a name whose promise is not kept by
    //           the attributes (§4.1.3); too_large.
    [[nodiscard]] static Result<SetCookie> parse(std::string_view field, base::Seconds now);
};

}  // namespace cais::client
