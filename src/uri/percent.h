// Percent-encoding (RFC 3986 §2.1): one octet as "%" and two hexadecimal digits.
#pragma once
#include "base/arena.h"
#include "base/result.h"
#include "base/text.h"

#include <string>
#include <string_view>

namespace cais::uri {

// RFC 3986 §2.3, §2.2.
inline constexpr auto unreserved = base::OctetSet("-._~").with('0', '9').with('a', 'z').with('A', 'Z');
inline constexpr auto sub_delims = base::OctetSet("!$&'()*+,;=");

// What stands for itself in one segment of a path that we write. Narrower than pchar (RFC 3986 §3.3), which also has
// the sub-delims, ":" and "@": without them a segment cannot be taken for a scheme, nor end an HTML attribute or a
// list.
inline constexpr auto path_segment = unreserved;
// The same for a whole path: its slashes stay.
inline constexpr auto path = base::OctetSet("-._~/").with('0', '9').with('a', 'z').with('A', 'Z');
// RFC 3986 §3.4, less the escapes.
inline constexpr auto query_octet = base::OctetSet("-._~!$&'()*+,;=:@/?").with('0', '9').with('a', 'z').with('A', 'Z');

// Every escape replaced by its octet, once. Without an escape, `text` itself; otherwise a copy in `arena`.
// Errors    malformed: a "%" that two hexadecimal digits do not follow.
[[nodiscard]] Result<std::string_view> percent_decode(std::string_view text [[clang::lifetimebound]],
                                                      base::Arena& arena [[clang::lifetimebound]]);

// Every escape replaced by its octet, once; a "%" that begins none stays (WHATWG URL, percent-decode).
void append_percent_decoded(std::string& to, std::string_view text);

// `octets` with each one that is not in `plain` as an escape, in upper case as RFC 3986 §2.1 wants it.
void append_percent_encoded(std::string& to, std::string_view octets, const base::OctetSet& plain);

// A query as it was sent, with escapes for what may not stand in a reference (RFC 3986 §3.4): its own escapes stay, a
// "%" that begins none becomes one.
void append_query(std::string& to, std::string_view query);

}  // namespace cais::uri
