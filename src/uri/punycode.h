// Punycode (RFC 3492): a label of a domain name as ASCII, without the "xn--" before it.
#pragma once
#include "base/result.h"

#include <string>
#include <string_view>

namespace cais::uri {

// What encodes `label`, which holds Unicode scalar values, after what is in `to`.
// Cost      the length times the number of different characters that are not ASCII: bound the length first.
void append_punycode(std::string& to, std::u32string_view label);

// Errors    malformed: an octet that is no digit of Punycode, an end within a number, a number that is no Unicode
//           scalar value.
// Cost      the square of the length, in moved characters.
[[nodiscard]] Result<std::u32string> decode_punycode(std::string_view text);

}  // namespace cais::uri
