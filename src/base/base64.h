// Base 64 (RFC 4648 §4): the alphabet with + and /, padding required, nothing else taken, unless a function
// says so.
#pragma once
#include "base/result.h"

#include <string>
#include <string_view>

namespace cais::base {

[[nodiscard]] std::string to_base64(std::string_view octets);

enum class Padding : unsigned char { required, optional };

// Errors    malformed: a character outside the alphabet, wrong padding, or bits that are not zero after the last octet.
[[nodiscard]] Result<std::string> from_base64(std::string_view text, Padding padding = Padding::required);

// As the Infra standard decodes it (forgiving-base64 decode), for data: URLs: ASCII white space is left out, padding may
// be, and bits after the last octet may be anything.
// Errors    malformed: another character outside the alphabet, padding of the wrong length, an impossible length.
[[nodiscard]] Result<std::string> from_forgiving_base64(std::string_view text);

// The alphabet that is safe in URLs, without padding (RFC 4648 §5, RFC 7515 §2).
[[nodiscard]] std::string to_base64url(std::string_view octets);

// Errors    malformed: as above. Padding is taken where it is there and right.
[[nodiscard]] Result<std::string> from_base64url(std::string_view text);

}  // namespace cais::base
