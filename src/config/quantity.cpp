#include "config/quantity.h"

#include "base/text.h"

#include <span>

namespace cais::config {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t is;              // so many of the smallest
    std::uint64_t shown_from = 1;  // fewer are written in a smaller unit: 60s, not 1m
};

// What is said; all static, since an Error holds no built text.
struct Sentences {
    const char* no_number;
    const char* no_unit;
    const char* unknown_unit;
    const char* too_large;
};

constexpr Unit size_units[] = {
    {"B", 1}, {"KiB", std::uint64_t{1} << 10}, {"MiB", std::uint64_t{1} << 20}, {"GiB", std::uint64_t{1} << 30}};
constexpr Sentences size_sentences = {
    "a size begins with a whole number: write it as 64KiB",
    "a size needs a unit, without a space before it: write it as 64KiB (B, KiB, MiB or GiB)",
    "the unit of a size is B, KiB, MiB or GiB: write it as 64KiB",
    "a size is below 16 EiB: write it as 64KiB",
};

constexpr auto nanoseconds(base::Duration duration) { return static_cast<std::uint64_t>(duration.count()); }
constexpr Unit duration_units[] = {
    {"ms", nanoseconds(std::chrono::milliseconds(1))}, {"s", nanoseconds(std::chrono::seconds(1))},
    {"m", nanoseconds(std::chrono::minutes(1)), 2},    {"h", nanoseconds(std::chrono::hours(1)), 2},
    {"d", nanoseconds(std::chrono::hours(24)), 2},
};
constexpr Sentences duration_sentences = {
    "a duration begins with a whole number: write it as 30s",
    "a duration needs a unit, without a space before it: write it as 30s (ms, s, m, h or d)",
    "the unit of a duration is ms, s, m, h or d: write it as 30s",
    "a duration is below 292 years: write it as 30s",
};

// 1*DIGIT unit, at most `most` of the smallest unit.
Result<std::uint64_t> parse(std::string_view text, std::span<const Unit> units, const Sentences& sentences,
                            std::uint64_t most)
{
    std::size_t digits = 0;
    while (digits < text.size() && base::is_digit(text[digits])) ++digits;
    if (digits == 0) return fail(Error::malformed, sentences.no_number);
    const std::string_view name = text.substr(digits);
    if (name.empty() || name.front() == ' ') return fail(Error::malformed, sentences.no_unit);
    for (const Unit& unit : units) {
        if (unit.name != name) continue;
        const auto number = base::parse_decimal(text.substr(0, digits));
        if (!number || *number > most / unit.is) return fail(Error::too_large, sentences.too_large);
        return *number * unit.is;
    }
    return fail(Error::malformed, sentences.unknown_unit);
}

std::string text_of(std::uint64_t number, std::span<const Unit> units)
{
    const Unit* largest = &units.front();
    for (const Unit& unit : units)
        if (number % unit.is == 0 && number / unit.is >= unit.shown_from) largest = &unit;
    return std::to_string(number / largest->is) + std::string(largest->name);
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) { return parse(text, size_units, size_sentences, UINT64_MAX); }

Result<base::Duration> parse_duration(std::string_view text)
{
    const auto count = parse(text, duration_units, duration_sentences, nanoseconds(base::Duration::max()));
    if (!count) return std::unexpected(count.error());
    return base::Duration(static_cast<base::Duration::rep>(*count));
}

std::string text_of_size(std::uint64_t octets) { return text_of(octets, size_units); }

std::string text_of_duration(base::Duration duration)
{
    return text_of(nanoseconds(std::chrono::ceil<std::chrono::milliseconds>(duration)), duration_units);
}

}  // namespace cais::config
