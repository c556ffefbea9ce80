// Base 64 (RFC 4648 §4): the alphabet with + and /, padding required, nothing else taken.
#pragma once
#include "base/result.h"

#include <string>
#include <string_view>

namespace cais::base {

[[nodiscard]] std::string to_base64(std::string_view octets);

enum class Padding : unsigned char { required, optional };

// Errors    malformed: a character outside the alphabet, wrong padding, or bits that are not zero after the last octet.
[[nodiscard]] Result<std::string> from_base64(std::string_view text, Padding padding = Padding::required);

// The alphabet that is safe in URLs, without padding (RFC 4648 §5, RFC 7515 §2).
[[nodiscard]] std::string to_base64url(std::string_view octets);

// Errors    malformed: as above. Padding is taken where it is there and right.
[[nodiscard]] Result<std::string> from_base64url(std::string_view text);

}  // namespace cais::base
