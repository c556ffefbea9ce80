#include "uri/punycode.h"

#include "base/text.h"

#include <algorithm>
#include <cstdint>

namespace cais::uri {
namespace {

// RFC 3492 §5.
constexpr std::uint32_t base_digits = 36, threshold_min = 1, threshold_max = 26, skew = 38, damp = 700;
constexpr std::uint32_t initial_bias = 72, initial_code_point = 0x80;

// RFC 3492 §6.1: how wide the next number will probably be.
std::uint32_t adapt(std::uint64_t delta, std::uint64_t count, bool is_first)
{
    delta = is_first ? delta / damp : delta / 2;
    delta += delta / count;
    std::uint32_t k = 0;
    for (; delta > (base_digits - threshold_min) * threshold_max / 2; k += base_digits)
        delta /= base_digits - threshold_min;
    return static_cast<std::uint32_t>(k + (base_digits - threshold_min + 1) * delta / (delta + skew));
}

std::uint32_t threshold(std::uint32_t k, std::uint32_t bias)
{
    return k <= bias ? threshold_min : std::min(k - bias, threshold_max);
}

char digit(std::uint64_t value) { return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26)); }

// §5: letters of either case are 0 to 25, digits 26 to 35; everything else is none.
std::uint32_t value_of(char c)
{
    if (base::is_digit(c)) return static_cast<std::uint32_t>(c - '0') + 26;
    if (base::is_alpha(c)) return static_cast<std::uint32_t>(base::to_lower(c) - 'a');
    return base_digits;
}

}  // namespace

// RFC 3492 §6.3.
void append_punycode(std::string& to, std::u32string_view label)
{
    std::uint64_t delta = 0;
    std::uint32_t n = initial_code_point, bias = initial_bias;
    std::size_t handled = 0;
    for (const char32_t c : label)
        if (c < 0x80) to += static_cast<char>(c), ++handled;
    const std::size_t basic = handled;
    if (basic > 0) to += '-';

    while (handled < label.size()) {
        std::uint32_t next = UINT32_MAX;  // the least character that is not written yet
        for (const char32_t c : label)
            if (c >= n) next = std::min(next, static_cast<std::uint32_t>(c));
        delta += std::uint64_t{next - n} * (handled + 1);
        n = next;
        for (const char32_t c : label) {
            if (c < n) ++delta;
            if (c != n) continue;
            std::uint64_t rest = delta;
            for (std::uint32_t k = base_digits;; k += base_digits) {
                const std::uint32_t t = threshold(k, bias);
                if (rest < t) break;
                to += digit(t + (rest - t) % (base_digits - t));
                rest = (rest - t) / (base_digits - t);
            }
            to += digit(rest);
            bias = adapt(delta, handled + 1, handled == basic);
            delta = 0;
            ++handled;
        }
        ++delta;
        ++n;
    }
}

// RFC 3492 §6.2.
Result<std::u32string> decode_punycode(std::string_view text)
{
    constexpr const char* section = "RFC 3492 §6.2";
    std::u32string label;
    if (const std::size_t last = text.rfind('-'); last != std::string_view::npos) {
        for (const char c : text.substr(0, last)) {
            if (static_cast<unsigned char>(c) >= 0x80)
                return fail(Error::malformed, "Punycode that is not ASCII", section);
            label += static_cast<char32_t>(c);
        }
        text.remove_prefix(last + 1);
    }

    std::uint64_t i = 0, n = initial_code_point;
    std::uint32_t bias = initial_bias;
    while (!text.empty()) {
        const std::uint64_t before = i;
        std::uint64_t weight = 1;
        for (std::uint32_t k = base_digits;; k += base_digits) {
            if (text.empty()) return fail(Error::malformed, "Punycode that ends within a number", section);
            const std::uint32_t value = value_of(text.front());
            text.remove_prefix(1);
            if (value == base_digits) return fail(Error::malformed, "an octet that Punycode does not have", section);
            i += value * weight;
            // Far above what any character needs, far below what would overflow: value and weight are small.
            if (i > UINT32_MAX) return fail(Error::malformed, "Punycode of a number that is too large", section);
            const std::uint32_t t = threshold(k, bias);
            if (value < t) break;
            weight *= base_digits - t;
            if (weight > UINT32_MAX) return fail(Error::malformed, "Punycode of a number that is too large", section);
        }
        const std::uint64_t count = label.size() + 1;
        bias = adapt(i - before, count, before == 0);
        n += i / count;
        i %= count;
        if (n > 0x10FFFF || (n >= 0xD800 && n <= 0xDFFF))
            return fail(Error::malformed, "Punycode of what is no character", section);
        label.insert(static_cast<std::size_t>(i), 1, static_cast<char32_t>(n));
        ++i;
    }
    return label;
}

}  // namespace cais::uri
