// Time: one monotonic clock for limits, one wall clock for what people and fields read.
#pragma once
#include <chrono>
#include <cstdint>

namespace cais::base {

using Duration = std::chrono::nanoseconds;
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;  // monotonic
using Seconds = std::chrono::sys_seconds;                                      // since 1970, UTC
using WallTime = std::chrono::sys_time<Duration>;                              // since 1970, UTC

[[nodiscard]] inline Instant now() { return std::chrono::steady_clock::now(); }
[[nodiscard]] inline WallTime wall_now() { return std::chrono::system_clock::now(); }

// Where an Instant is expected and there is no limit.
inline constexpr Instant never = Instant::max();
inline constexpr Duration without_limit = Duration::max();

}  // namespace cais::base
