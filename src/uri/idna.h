// Domain names of all the world's letters as ASCII: UTS 46, as the URL standard calls it (domain to ASCII): not
// transitional, with the rules for joiners and for writing from right to left, without those for hyphens, for the
// length and for STD 3.
//
// The table of UTS 46 §5 is not stored but derived, from the character properties of libunistring as the table itself
// is (UTS 46 §6), which for every character that it knows gives what Unicode 17's table says. Characters that are newer
// than the library (Debian 12: Unicode 14) are refused, save the ideographs among them.
// Not libidn2: it holds names against IDNA 2008, which refuses much that a URL may have (hyphens, symbols), and passes
// some of what UTS 46 refuses.
#pragma once
#include "base/result.h"

#include <string>
#include <string_view>

namespace cais::uri {

// The octets of a name that is not ASCII, at most: converting a label costs more than its length.
// Stricter: the URL standard has no bound. DNS has 255 octets for a whole name (RFC 1035 §2.3.4).
inline constexpr std::size_t most_domain_octets = 4096;

// `domain` is UTF-8. One of ASCII alone comes back in lower case and is not looked at any further: also what begins
// with "xn--" and does not decode, as browsers have it.
// Errors    malformed: a character that no name has, a label that may not be so, nothing left; too_large.
[[nodiscard]] Result<std::string> domain_to_ascii(std::string_view domain);

}  // namespace cais::uri
