#include "trace/trace_parent.h"

#include "base/text.h"

#include <algorithm>
#include <span>

#include <sys/random.h>

namespace cais::trace {
namespace {

constexpr std::size_t octets_of_version_0 = 55;

bool is_zero(std::span<const std::uint8_t> octets)
{
    return std::ranges::all_of(octets, [](std::uint8_t octet) { return octet == 0; });
}

// Fills `octets`, which will not be all zero.
Result<void> draw(std::span<std::uint8_t> octets)
{
    do {
        // Up to 256 octets come whole (getrandom(2)).
        const ssize_t drawn = ::getrandom(octets.data(), octets.size(), 0);
        if (drawn != static_cast<ssize_t>(octets.size())) return fail_errno("draw a number at random");
    } while (is_zero(octets));
    return {};
}

// §3.2.1: lower case alone.
bool read_hex(std::string_view text, std::span<std::uint8_t> to)
{
    if (text.size() != 2 * to.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int value = text[i] >= 'A' && text[i] <= 'F' ? -1 : base::hex_value(text[i]);
        if (value < 0) return false;
        to[i / 2] = static_cast<std::uint8_t>(i % 2 == 0 ? value << 4 : to[i / 2] | value);
    }
    return true;
}

void append_hex(std::string& to, std::span<const std::uint8_t> octets)
{
    constexpr std::string_view digits = "0123456789abcdef";
    for (const auto octet : octets) (to += digits[octet >> 4]) += digits[octet & 15];
}

}  // namespace

Result<TraceParent> TraceParent::make()
{
    TraceParent made;
    made.is_sampled = true;
    if (auto drawn = draw(made.trace); !drawn) return std::unexpected(drawn.error());
    return made.next();
}

Result<TraceParent> TraceParent::next() const
{
    TraceParent made = *this;
    if (auto drawn = draw(made.parent); !drawn) return std::unexpected(drawn.error());
    return made;
}

std::optional<TraceParent> TraceParent::parse(std::string_view text)
{
    if (text.size() < octets_of_version_0) return std::nullopt;
    std::uint8_t version = 0, flags = 0;
    TraceParent parsed;
    if (text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
    if (!read_hex(text.substr(0, 2), {&version, 1}) || version == 0xFF) return std::nullopt;
    if (text.size() > octets_of_version_0 && (version == 0 || text[octets_of_version_0] != '-')) return std::nullopt;
    if (!read_hex(text.substr(3, 32), parsed.trace) || is_zero(parsed.trace)) return std::nullopt;
    if (!read_hex(text.substr(36, 16), parsed.parent) || is_zero(parsed.parent)) return std::nullopt;
    if (!read_hex(text.substr(53, 2), {&flags, 1})) return std::nullopt;
    parsed.is_sampled = (flags & 1) != 0;
    return parsed;
}

std::string TraceParent::text() const
{
    std::string to = "00-";
    append_hex(to, trace);
    to += '-';
    append_hex(to, parent);
    return to += is_sampled ? "-01" : "-00";
}

}  // namespace cais::trace
