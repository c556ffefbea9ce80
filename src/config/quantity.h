// Sizes and durations as people write them: `64KiB`, `30s`. A whole number and a unit without a space between; the unit
// is never left out, so that nobody guesses. A number may not be negative, broken or too large for its type.
#pragma once
#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cais::config {

// In octets: B, KiB, MiB, GiB, powers of 1024. KB, MB and GB are refused, since they mean 1000 to some and 1024 to
// others. Errors    malformed, too_large; `what` says what is wrong and shows an example.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);

// ms, s, m, h, d; a day has 24 hours.
// Errors    as above.
[[nodiscard]] Result<base::Duration> parse_duration(std::string_view text);

// As a person would write them, in the largest unit of which they are a whole number; of a duration at least two:
// "64KiB", "1MiB", "60s", "180d". What is below a millisecond is rounded up to one.
[[nodiscard]] std::string text_of_size(std::uint64_t octets);
[[nodiscard]] std::string text_of_duration(base::Duration duration);

}  // namespace cais::config
