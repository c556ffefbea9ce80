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

}  // namespace cais::base
