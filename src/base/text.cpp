#include "base/text.h"

#include <charconv>

namespace cais::base {
namespace {

// The length of the well-formed sequence that `text` begins with, 0 where there is none (RFC 3629 §4).
std::size_t utf8_sequence(std::string_view text) noexcept
{
    const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const auto tail = [&](std::size_t i) { return (at(i) & 0xC0) == 0x80; };
    const unsigned first = at(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        if (!tail(1) || !tail(2)) return 0;
        if (first == 0xE0 && at(1) < 0xA0) return 0;  // overlong
        if (first == 0xED && at(1) > 0x9F) return 0;  // a surrogate
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (!tail(1) || !tail(2) || !tail(3)) return 0;
        if (first == 0xF0 && at(1) < 0x90) return 0;  // overlong
        if (first == 0xF4 && at(1) > 0x8F) return 0;  // above U+10FFFF
        return 4;
    }
    return 0;
}

// How much of what `text` begins with could have begun a well-formed sequence; it begins with none, and is not empty.
std::size_t broken_utf8_sequence(std::string_view text) noexcept
{
    const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const unsigned first = at(0), second = at(1);
    if (first < 0xE0 || first > 0xF4) return 1;
    const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (second < least || second > most) return 1;
    return first >= 0xF0 && (at(2) & 0xC0) == 0x80 ? 3 : 2;
}

constexpr char hex_digits[] = "0123456789abcdef";

}  // namespace

bool is_utf8(std::string_view text) noexcept
{
    while (!text.empty()) {
        const std::size_t length = utf8_sequence(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

void append_utf8(std::string& to, std::string_view text)
{
    while (!text.empty()) {
        std::size_t length = utf8_sequence(text);
        if (length > 0) {
            to.append(text.substr(0, length));
        } else {
            to += "\xEF\xBF\xBD";
            length = broken_utf8_sequence(text);
        }
        text.remove_prefix(length);
    }
}

void append_html(std::string& to, std::string_view text)
{
    for (const char c : text) {
        switch (c) {
        case '&': to += "&amp;"; break;
        case '<': to += "&lt;"; break;
        case '>': to += "&gt;"; break;
        case '"': to += "&quot;"; break;
        case '\'': to += "&#39;"; break;
        default: to += c;
        }
    }
}

void append_json_string(std::string& to, std::string_view text)
{
    to += '"';
    while (!text.empty()) {
        const auto c = static_cast<unsigned char>(text.front());
        if (c >= 0x80) {
            const std::size_t length = utf8_sequence(text);
            if (length == 0) to += "\xEF\xBF\xBD";
            else to.append(text.substr(0, length));
            text.remove_prefix(length == 0 ? 1 : length);
            continue;
        }
        if (c == '"' || c == '\\') (to += '\\') += text.front();
        else if (c == '\n') to += "\\n";
        else if (c == '\t') to += "\\t";
        else if (c == '\r') to += "\\r";
        else if (c < 0x20 || c == 0x7F) ((to += "\\u00") += hex_digits[c >> 4]) += hex_digits[c & 15];
        else to += text.front();
        text.remove_prefix(1);
    }
    to += '"';
}

void append_printable(std::string& to, std::string_view text)
{
    while (!text.empty()) {
        const auto c = static_cast<unsigned char>(text.front());
        std::size_t length = utf8_sequence(text);
        // C1 controls are two octets, 0xC2 0x80 to 0xC2 0x9F, and terminals obey them.
        const bool control = c < 0x20 || c == 0x7F || (c == 0xC2 && length == 2 && static_cast<unsigned char>(text[1]) < 0xA0);
        if (length == 0 || control) {
            if (length == 0) length = 1;
            for (std::size_t i = 0; i < length; ++i) {
                const auto octet = static_cast<unsigned char>(text[i]);
                ((to += "\\x") += hex_digits[octet >> 4]) += hex_digits[octet & 15];
            }
        } else {
            if (c == '"' || c == '\\') to += '\\';
            to.append(text.substr(0, length));
        }
        text.remove_prefix(length);
    }
}

void append_decimal(std::string& to, std::uint64_t number)
{
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    to.append(digits, end);
}

}  // namespace cais::base
