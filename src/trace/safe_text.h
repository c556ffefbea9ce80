// Text that a peer sent, made safe to be looked at. No control passes (C0, DEL, C1), nor what changes the direction of
// a line, joins, hides or ends it: U+202E and its like, zero-width characters, U+2028, tags. What is there is shown
// instead, so that nothing is lost.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace cais::trace {

// For a terminal: "\x1B" an octet, "\u{202E}" a character, "\\" a backslash.
void append_safe(std::string& to, std::string_view text);

// A JSON string with its quotes (RFC 8259 §7): "\u001b", "\u202e". Octets that are no UTF-8 become U+FFFD, since JSON
// has no way to say them.
void append_safe_json(std::string& to, std::string_view text);

// How many columns of a terminal what append_safe wrote takes: one for each character. Wide ones are taken for one.
[[nodiscard]] std::size_t columns_of(std::string_view safe) noexcept;

}  // namespace cais::trace
