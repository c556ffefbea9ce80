// Whether somebody is looking: is a descriptor a terminal, and may what goes there be coloured?
#pragma once
#include <cstdint>

namespace cais::trace {

enum class Colour : std::uint8_t { off, on };

[[nodiscard]] bool is_terminal(int descriptor) noexcept;

// On only for a terminal that is not TERM=dumb, and where NO_COLOR is not set, or empty (no-color.org).
[[nodiscard]] Colour colour_of(int descriptor) noexcept;

}  // namespace cais::trace
