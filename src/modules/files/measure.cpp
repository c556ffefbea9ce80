#include "modules/files/measure.h"

#include "base/text.h"

#include <algorithm>
#include <chrono>

namespace cais::files {
namespace {

void put_two(char* to, unsigned number)
{
    to[0] = static_cast<char>('0' + number / 10);
    to[1] = static_cast<char>('0' + number % 10);
}

}  // namespace

void append_size(std::string& to, std::uint64_t bytes)
{
    constexpr const char* units[] = {" B", " kB", " MB", " GB", " TB", " PB", " EB"};
    if (bytes < 1000) {
        base::append_decimal(to, bytes);
        to += units[0];
        return;
    }
    unsigned unit = 1;
    std::uint64_t scale = 1000;
    while (unit < 6 && bytes / scale >= 1000) {
        scale *= 1000;
        ++unit;
    }
    const std::uint64_t tenth = scale / 10;
    const std::uint64_t tenths = bytes / tenth + (bytes % tenth >= tenth / 2 ? 1 : 0);
    const std::uint64_t whole = bytes / scale + (bytes % scale >= scale / 2 ? 1 : 0);
    if (tenths < 100) {
        base::append_decimal(to, tenths / 10);
        to += '.';
        base::append_decimal(to, tenths % 10);
    } else if (whole < 1000) base::append_decimal(to, whole);
    else {  // rounded up to the next unit
        to += "1.0";
        ++unit;
    }
    to += units[unit];
}

void append_grouped(std::string& to, std::uint64_t number)
{
    const auto start = to.size();
    base::append_decimal(to, number);
    for (auto at = to.size(); at > start + 3;) to.insert(at -= 3, 1, ',');
}

void append_timestamp(std::string& to, std::int64_t seconds)
{
    using namespace std::chrono;
    constexpr std::int64_t first = -62'167'219'200, last = 253'402'300'799;  // 0000-01-01 and 9999-12-31T23:59:59
    const sys_seconds time{std::chrono::seconds(std::clamp(seconds, first, last))};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    const auto of_day = static_cast<unsigned>((time - day).count());
    char text[] = "0000-00-00T00:00:00Z";
    put_two(text, year / 100);
    put_two(text + 2, year % 100);
    put_two(text + 5, static_cast<unsigned>(date.month()));
    put_two(text + 8, static_cast<unsigned>(date.day()));
    put_two(text + 11, of_day / 3600);
    put_two(text + 14, of_day / 60 % 60);
    put_two(text + 17, of_day % 60);
    to.append(text, 20);
}

}  // namespace cais::files
