// ASCII text as the web's grammars use it: no locale, no allocation, views in and views out.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cais::base {

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alphanumeric(char c) { return is_digit(c) || is_alpha(c); }

// The value of a hexadecimal digit of either case, or -1.
constexpr int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Without regard to the case of ASCII letters; every other octet must be equal.
constexpr bool equals_ignoring_case(std::string_view a, std::string_view b)
{
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (to_lower(a[i]) != to_lower(b[i])) return false;
    return true;
}

// Without leading and trailing spaces and tabs (OWS, RFC 9110 §5.6.3).
constexpr std::string_view trim([[clang::lifetimebound]] std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

// 1*DIGIT and nothing else: no sign, no space, no prefix. Empty where it is not that, or would not fit.
[[nodiscard]] constexpr std::optional<std::uint64_t> parse_decimal(std::string_view text)
{
    if (text.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (!is_digit(c)) return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (UINT64_MAX - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
    }
    return value;
}

// A set of octets, tested in one load.
class OctetSet {
public:
    constexpr explicit OctetSet(std::string_view members)
    {
        for (const char c : members) set_[static_cast<unsigned char>(c)] = true;
    }
    // All octets from `first` to `last`, both included, added.
    [[nodiscard]] constexpr OctetSet with(unsigned char first, unsigned char last) const
    {
        OctetSet result = *this;
        for (unsigned c = first; c <= last; ++c) result.set_[c] = true;
        return result;
    }
    [[nodiscard]] constexpr OctetSet without(std::string_view members) const
    {
        OctetSet result = *this;
        for (const char c : members) result.set_[static_cast<unsigned char>(c)] = false;
        return result;
    }
    [[nodiscard]] constexpr bool has(char c) const { return set_[static_cast<unsigned char>(c)]; }
    [[nodiscard]] constexpr bool has_all(std::string_view text) const
    {
        for (const char c : text)
            if (!has(c)) return false;
        return true;
    }

private:
    std::array<bool, 256> set_{};
};

// Whether `text` is well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF (RFC 3629 §3).
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

// The same text, with U+FFFD for each longest beginning of a sequence that does not go on as it should, as the Encoding
// standard's UTF-8 decoder has it.
void append_utf8(std::string& to, std::string_view text);

// The same text with & < > " ' written so that HTML shows them and never obeys them.
void append_html(std::string& to, std::string_view text);

// A JSON string with its quotes (RFC 8259 §7). Octets that are no UTF-8 become U+FFFD.
void append_json_string(std::string& to, std::string_view text);

// The same text, safe on a terminal and in one line of a log: controls, DEL and octets from 0x80 that are no
// UTF-8 as \xHH, C1 controls too; a backslash and a double quote with a backslash before them.
void append_printable(std::string& to, std::string_view text);

// The number in decimal.
void append_decimal(std::string& to, std::uint64_t number);

}  // namespace cais::base
