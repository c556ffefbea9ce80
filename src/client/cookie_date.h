// The date in a cookie's Expires, which has been written in every way there is: RFC 6265 §5.1.1. What HTTP's own fields
// have is http/date.h, and is far stricter.
#pragma once
#include "base/clock.h"

#include <optional>
#include <string_view>

namespace cais::client {

// Empty where the text names no moment: a time, a day, a month or a year is missing, or there is no such day.
[[nodiscard]] std::optional<base::Seconds> parse_cookie_date(std::string_view text) noexcept;

}  // namespace cais::client
