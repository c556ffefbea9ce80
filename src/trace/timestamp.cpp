#include "trace/timestamp.h"

#include <algorithm>

namespace cais::trace {

char* write_timestamp(char* to, base::WallTime time) noexcept
{
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - day));

    to = write_digits<4>(to, static_cast<unsigned>(std::clamp(static_cast<int>(date.year()), 0, 9999)));
    *to++ = '-';
    to = write_digits<2>(to, static_cast<unsigned>(date.month()));
    *to++ = '-';
    to = write_digits<2>(to, static_cast<unsigned>(date.day()));
    *to++ = 'T';
    to = write_digits<2>(to, static_cast<unsigned>(clock.hours().count()));
    *to++ = ':';
    to = write_digits<2>(to, static_cast<unsigned>(clock.minutes().count()));
    *to++ = ':';
    to = write_digits<2>(to, static_cast<unsigned>(clock.seconds().count()));
    *to++ = '.';
    to = write_digits<3>(to, static_cast<unsigned>(clock.subseconds().count()));
    *to++ = 'Z';
    return to;
}

std::string utc_text(base::WallTime time, Fraction fraction)
{
    constexpr std::size_t whole_seconds = 19;
    const auto micro = std::chrono::floor<std::chrono::microseconds>(time);
    const auto part = static_cast<unsigned>((micro - std::chrono::floor<std::chrono::seconds>(micro)).count());
    char text[timestamp_octets + 3];
    write_timestamp(text, time);
    char* end = text + whole_seconds;
    if (fraction == Fraction::microseconds) end = write_digits<6>(end + 1, part);
    *end++ = 'Z';
    return {text, end};
}

}  // namespace cais::trace
