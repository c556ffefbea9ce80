#include "http/date.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace cais::http {
namespace {

namespace chrono = std::chrono;

// In the order of std::chrono: Sunday is 0, January 1.
constexpr std::array<std::string_view, 7> weekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                      "Thursday", "Friday", "Saturday"};
constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";

constexpr base::Seconds earliest = chrono::sys_days(chrono::year(0) / 1 / 1);
constexpr base::Seconds latest = chrono::sys_days(chrono::year(10000) / 1 / 1) - chrono::seconds(1);

void put_two(char* to, unsigned number) noexcept
{
    to[0] = static_cast<char>('0' + number / 10);
    to[1] = static_cast<char>('0' + number % 10);
}

// Whether `text` has this shape: "#" is a digit, "@" a letter, all else itself.
bool fits(std::string_view text, std::string_view shape) noexcept
{
    if (text.size() != shape.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (shape[i] == '#' ? !base::is_digit(c) : shape[i] == '@' ? !base::is_alpha(c) : c != shape[i]) return false;
    }
    return true;
}

// Digits, whose shape was looked at; a space before them counts as a zero.
unsigned number(std::string_view digits) noexcept
{
    unsigned value = 0;
    for (const char c : digits) value = value * 10 + (c == ' ' ? 0 : static_cast<unsigned>(c - '0'));
    return value;
}

// 1 to 12; 0 where there is no such month.
unsigned month_of(std::string_view name) noexcept
{
    for (unsigned i = 0; i < 12; ++i)
        if (months.substr(3 * i, 3) == name) return i + 1;
    return 0;
}

struct Date {
    chrono::year_month_day day;
    std::string_view time;  // "##:##:##"
};

// The moment, if day and time exist.
std::optional<base::Seconds> moment(const Date& date) noexcept
{
    const unsigned hour = number(date.time.substr(0, 2)), minute = number(date.time.substr(3, 2));
    unsigned second = number(date.time.substr(6, 2));
    if (second == 60 && hour == 23 && minute == 59) second = 59;
    if (!date.day.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return chrono::sys_days(date.day) + chrono::hours(hour) + chrono::minutes(minute) + chrono::seconds(second);
}

// `when`, if it is on the day of the week that `name` says: in full, or by its first three letters.
std::optional<base::Seconds> if_on(std::optional<base::Seconds> when, std::string_view name, bool in_full) noexcept
{
    if (!when) return std::nullopt;
    std::string_view want = weekdays[chrono::weekday(chrono::floor<chrono::days>(*when)).c_encoding()];
    if (!in_full) want = want.substr(0, 3);
    return name == want ? when : std::nullopt;
}

chrono::year_month_day day_of(unsigned year, unsigned month, unsigned day) noexcept
{
    return chrono::year(static_cast<int>(year)) / chrono::month(month) / chrono::day(day);
}

// "Sunday, 06-Nov-94 08:49:37 GMT", where `rest` begins with the comma.
std::optional<base::Seconds> parse_rfc850(std::string_view name, std::string_view rest, base::Seconds now) noexcept
{
    if (!fits(rest, ", ##-@@@-## ##:##:## GMT")) return std::nullopt;
    const auto today = chrono::year_month_day(chrono::floor<chrono::days>(now));
    const auto in_fifty_years = chrono::sys_days(today + chrono::years(50)) + (now - chrono::floor<chrono::days>(now));
    // The last year that ends in these digits and may be meant, then back by a century where even that is too far.
    const int last_year = static_cast<int>(today.year()) + 50;
    int year = last_year - last_year % 100 + static_cast<int>(number(rest.substr(9, 2)));
    if (year > last_year) year -= 100;
    Date date = {day_of(static_cast<unsigned>(year), month_of(rest.substr(5, 3)), number(rest.substr(2, 2))),
                 rest.substr(12, 8)};
    auto when = moment(date);
    if (when && *when > in_fifty_years) {
        date.day -= chrono::years(100);
        when = moment(date);
    }
    return if_on(when, name, true);
}

}  // namespace

std::string_view write_date(base::Seconds when, std::span<char, date_octets> to) noexcept
{
    when = std::clamp(when, earliest, latest);
    const auto days = chrono::floor<chrono::days>(when);
    const chrono::year_month_day date(days);
    const auto time = static_cast<unsigned>((when - days).count());
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));

    char* const at = to.data();
    std::memcpy(at, "Sun, 00 Jan 0000 00:00:00 GMT", date_octets);
    std::memcpy(at, weekdays[chrono::weekday(days).c_encoding()].data(), 3);
    put_two(at + 5, static_cast<unsigned>(date.day()));
    std::memcpy(at + 8, months.data() + 3 * (static_cast<unsigned>(date.month()) - 1), 3);
    put_two(at + 12, year / 100);
    put_two(at + 14, year % 100);
    put_two(at + 17, time / 3600);
    put_two(at + 20, time / 60 % 60);
    put_two(at + 23, time % 60);
    return {at, date_octets};
}

std::optional<base::Seconds> parse_date(std::string_view text, base::Seconds now) noexcept
{
    if (fits(text, "@@@, ## @@@ #### ##:##:## GMT")) [[likely]] {
        const auto day = day_of(number(text.substr(12, 4)), month_of(text.substr(8, 3)), number(text.substr(5, 2)));
        return if_on(moment({day, text.substr(17, 8)}), text.substr(0, 3), false);
    }
    // asctime: "Sun Nov  6 08:49:37 1994", the day with a space or a digit before it.
    if (fits(text, "@@@ @@@  # ##:##:## ####") || fits(text, "@@@ @@@ ## ##:##:## ####")) {
        const auto day = day_of(number(text.substr(20, 4)), month_of(text.substr(4, 3)), number(text.substr(8, 2)));
        return if_on(moment({day, text.substr(11, 8)}), text.substr(0, 3), false);
    }
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    return parse_rfc850(text.substr(0, comma), text.substr(comma), now);
}

}  // namespace cais::http
