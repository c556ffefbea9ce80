// An authority as HTTP has it: host and port, never user information (RFC 3986 §3.2, RFC 9110 §4.2.4). It stands in the
// Host field, in a target, and in :authority.
#pragma once
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace cais::uri {

struct Authority {
    enum Kind : std::uint8_t {
        name,    // a reg-name; also what looks like an address and is none, such as 127.1 or 1.2.3.256
        ipv4,    // four decimal octets, without leading zeros
        ipv6,    // in brackets
        future,  // in brackets, "v" and a version
    };
    std::string_view host = {};  // as written, without brackets; a view of what was parsed
    Kind kind = name;
    std::optional<std::uint16_t> port = {};  // empty: there was none, or an empty one ("host:")
};

// uri-host [ ":" port ], the whole of `text`.
// Errors    malformed: an empty host, a character that RFC 3986 §3.2.2 does not allow, a bad escape, a broken address,
//           a port that is no number up to 65535, anything before "@".
// Stricter: a port has at most five digits (§3.2.3 has no bound), and an IPv6 address no zone (RFC 6874).
[[nodiscard]] Result<Authority> parse_authority(std::string_view text [[clang::lifetimebound]]) noexcept;

// An IPv6 address in the text form of RFC 3986 §3.2.2, without brackets.
[[nodiscard]] bool is_ipv6(std::string_view text) noexcept;
// Four decimal octets, dotted, without leading zeros.
[[nodiscard]] bool is_ipv4(std::string_view text) noexcept;

}  // namespace cais::uri
