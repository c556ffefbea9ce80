// Dates: RFC 9110 §5.6.7. One form is written, IMF-fixdate; three are read.
#pragma once
#include "base/clock.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace cais::http {

inline constexpr std::size_t date_octets = 29;  // "Sun, 06 Nov 1994 08:49:37 GMT"

// `when` as an IMF-fixdate, in `to`; the view is of `to`. A year has four digits: what lies before year 0 or after 9999
// is written as the first or the last second that has them. Cost: some arithmetic, no locale.
std::string_view write_date(base::Seconds when, std::span<char, date_octets> to [[clang::lifetimebound]]) noexcept;

// The moment that `text` names, all of it: an IMF-fixdate, or one of the obsolete forms of RFC 850 and asctime. Empty
// where it is none, which the fields that carry a date ask to ignore. Names are case-sensitive, as the section says.
//
// The two digits of an RFC 850 year mean the last such year that is no more than 50 years after `now`.
// A leap second, 23:59:60, is read as the second before it: the clock that it is compared with has none, and a moment
// that is earlier never makes a precondition hold that should have failed.
// Stricter: a day that its month does not have, a weekday that is not the date's, and 60 in any other minute are no
// date.
[[nodiscard]] std::optional<base::Seconds> parse_date(std::string_view text, base::Seconds now) noexcept;

}  // namespace cais::http
