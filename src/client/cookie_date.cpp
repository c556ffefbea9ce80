#include "client/cookie_date.h"

#include "base/text.h"

#include <array>

namespace cais::client {
namespace {

constexpr auto delimiter = base::OctetSet("\t").with(0x20, 0x2F).with(0x3B, 0x40).with(0x5B, 0x60).with(0x7B, 0x7E);

// From `least` to `most` digits, taken from the front of `text`, and no digit after them.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t least, std::size_t most) noexcept
{
    std::size_t count = 0;
    unsigned value = 0;
    while (count < text.size() && base::is_digit(text[count])) {
        if (count == most) return std::nullopt;
        value = value * 10 + static_cast<unsigned>(text[count++] - '0');
    }
    if (count < least) return std::nullopt;
    text.remove_prefix(count);
    return value;
}

struct Time {
    unsigned hour, minute, second;
};

std::optional<Time> read_time(std::string_view token) noexcept
{
    std::array<unsigned, 3> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) {
            if (!token.starts_with(':')) return std::nullopt;
            token.remove_prefix(1);
        }
        const auto part = take_digits(token, 1, 2);
        if (!part) return std::nullopt;
        parts[i] = *part;
    }
    return Time{parts[0], parts[1], parts[2]};
}

std::optional<unsigned> read_month(std::string_view token) noexcept
{
    constexpr std::string_view names[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                          "jul", "aug", "sep", "oct", "nov", "dec"};
    for (unsigned i = 0; i < 12; ++i)
        if (base::equals_ignoring_case(token.substr(0, 3), names[i])) return i + 1;
    return std::nullopt;
}

}  // namespace

std::optional<base::Seconds> parse_cookie_date(std::string_view text) noexcept
{
    std::optional<Time> time;
    std::optional<unsigned> day, month, year;
    while (!text.empty()) {
        if (delimiter.has(text.front())) {
            text.remove_prefix(1);
            continue;
        }
        std::size_t length = 0;
        while (length < text.size() && !delimiter.has(text[length])) ++length;
        const std::string_view token = text.substr(0, length);
        text.remove_prefix(length);
        // Each is the first token that looks like it, and is looked for in this order.
        if (!time && (time = read_time(token))) continue;
        std::string_view rest = token;
        if (!day && (day = take_digits(rest, 1, 2))) continue;
        if (!month && (month = read_month(token))) continue;
        rest = token;
        if (!year) year = take_digits(rest, 2, 4);
    }
    if (!time || !day || !month || !year) return std::nullopt;
    if (*year < 70) *year += 2000;
    else if (*year < 100) *year += 1900;
    if (*year < 1601 || time->hour > 23 || time->minute > 59 || time->second > 59) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                           std::chrono::day(*day)};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(time->hour) + std::chrono::minutes(time->minute) +
           std::chrono::seconds(time->second);
}

}  // namespace cais::client
