// The time of a log line: "2000-10-10T13:55:36.123Z", RFC 3339 in UTC with milliseconds.
#pragma once
#include "base/clock.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace cais::trace {

inline constexpr std::size_t timestamp_octets = 24;

// Writes the 24 octets at `to` and gives their end. A year outside 0 to 9999 is written as the nearer of the two.
char* write_timestamp(char* to, base::WallTime time) noexcept;

// "2000-10-10T13:55:36Z" or "2000-10-10T13:55:36.123456Z".
enum class Fraction : std::uint8_t { none, microseconds };
[[nodiscard]] std::string utc_text(base::WallTime time, Fraction fraction);

// The low decimal digits of `number`, as many as asked for, zeros before them.
template <unsigned Digits>
constexpr char* write_digits(char* to, unsigned number) noexcept
{
    for (unsigned i = Digits; i-- > 0; number /= 10) to[i] = static_cast<char>('0' + number % 10);
    return to + Digits;
}

}  // namespace cais::trace
