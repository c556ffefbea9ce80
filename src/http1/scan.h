// Octets of a head, looked at sixteen at a time where the processor can (SSE2 is in every x86-64, NEON in every arm64).
#pragma once
#include <cstddef>
#include <string_view>

namespace cais::http1 {

// How many octets at the front are of a token (RFC 9110 §5.6.2).
[[nodiscard]] std::size_t token_length(std::string_view text) noexcept;

// Whether all are visible ASCII, 0x21 to 0x7E.
[[nodiscard]] bool is_visible(std::string_view text) noexcept;

// Whether none is a control other than HTAB: visible, space, tab, obs-text (RFC 9110 §5.5).
[[nodiscard]] bool is_field_content(std::string_view text) noexcept;

}  // namespace cais::http1
