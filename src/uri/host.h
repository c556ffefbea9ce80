// A host as the URL standard has it (WHATWG URL, §3): a domain, an address, or text of its own for schemes that the
// standard does not know. What HTTP's own grammar allows in Host is authority.h, and is stricter.
#pragma once
#include "base/result.h"

#include <string>
#include <string_view>

namespace cais::uri {

struct Host {
    enum Kind : unsigned char {
        domain,  // ASCII, in lower case
        ipv4,    // four decimal octets
        ipv6,    // compressed, without brackets
        opaque,  // percent-encoded; of schemes that are not special
        empty,   // "file:///a"
    };
    Kind kind = empty;
    std::string name = {};

    // As it stands in a URL: an IPv6 address in brackets.
    [[nodiscard]] std::string text() const { return kind == ipv6 ? "[" + name + "]" : name; }

    bool operator==(const Host&) const = default;
};

// §3.5, host parsing. `is_opaque`: of a scheme that is not special.
// Errors    malformed: a code point that no host has, an address that is none, a domain that IDNA refuses; too_large.
[[nodiscard]] Result<Host> parse_host(std::string_view text, bool is_opaque);

}  // namespace cais::uri
