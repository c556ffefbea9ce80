#include "base/base64.h"

#include <array>
#include <cstdint>

namespace cais::base {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto values = [] {
    std::array<std::int16_t, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int16_t>(i);
    return table;
}();

constexpr const char* source = "RFC 4648 §4";

// One or two "=" go where they make the length right.
std::string_view without_padding(std::string_view text)
{
    if (text.size() % 4 != 0) return text;
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
    return text;
}

// What the bits after the last octet may be.
enum class After : unsigned char { zeros, anything };

Result<std::string> decode(std::string_view text, After after)
{
    if (text.size() % 4 == 1) return fail(Error::malformed, "base 64 of an impossible length", source);
    std::string octets;
    octets.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        const int value = values[static_cast<unsigned char>(c)];
        if (value < 0) return fail(Error::malformed, "a character outside the base 64 alphabet", source);
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            octets += static_cast<char>((bits >> held) & 0xFF);
        }
    }
    if (after == After::zeros && (bits & ((1u << held) - 1)) != 0)
        return fail(Error::malformed, "base 64 with bits after its last octet", "RFC 4648 §3.5");
    return octets;
}

}  // namespace

std::string to_base64(std::string_view octets)
{
    std::string text;
    text.reserve((octets.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < octets.size(); i += 3) {
        const auto at = [&](std::size_t k) {
            return k < octets.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(octets[k])) : 0u;
        };
        const std::uint32_t group = (at(i) << 16) | (at(i + 1) << 8) | at(i + 2);
        text += alphabet[group >> 18];
        text += alphabet[(group >> 12) & 63];
        text += i + 1 < octets.size() ? alphabet[(group >> 6) & 63] : '=';
        text += i + 2 < octets.size() ? alphabet[group & 63] : '=';
    }
    return text;
}

Result<std::string> from_base64(std::string_view text, Padding padding)
{
    if (padding == Padding::required && text.size() % 4 != 0)
        return fail(Error::malformed, "base 64 without its padding", source);
    return decode(without_padding(text), After::zeros);
}

Result<std::string> from_forgiving_base64(std::string_view text)
{
    std::string compact(text);
    std::erase_if(compact, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; });
    return decode(without_padding(compact), After::anything);
}

std::string to_base64url(std::string_view octets)
{
    std::string text = to_base64(octets);
    while (text.ends_with('=')) text.pop_back();
    for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return text;
}

Result<std::string> from_base64url(std::string_view text)
{
    std::string plain(text);
    for (char& c : plain) {
        if (c == '+' || c == '/')
            return fail(Error::malformed, "a character outside the base 64 alphabet for URLs", "RFC 4648 §5");
        c = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    return from_base64(plain, Padding::optional);
}

}  // namespace cais::base
