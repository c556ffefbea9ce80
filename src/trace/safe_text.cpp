#include "trace/safe_text.h"

#include "base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace cais::trace {
namespace {

struct Character {
    char32_t code = 0;
    std::size_t octets = 0;  // 0: no UTF-8
};

Character first_of(std::string_view text)
{
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return {lead, 1};
    const std::size_t octets = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || text.size() < octets || !base::is_utf8(text.substr(0, octets))) return {};
    char32_t code = lead & (0xFFu >> (octets + 1));
    for (std::size_t i = 1; i < octets; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
    return {code, octets};
}

struct Range {
    char32_t first;
    char32_t last;
};
// Controls (Unicode's Cc), what a line ends with (Zl, Zp), and formats (Cf) that a terminal or an editor may obey.
constexpr Range unsafe[] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},       {0x600, 0x605},
                            {0x61C, 0x61C},   {0x6DD, 0x6DD},   {0x70F, 0x70F},     {0x180B, 0x180F},
                            {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},   {0xFE00, 0xFE0F},
                            {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};

bool is_safe(char32_t code)
{
    return std::ranges::none_of(unsafe, [&](const Range& range) { return code >= range.first && code <= range.last; });
}

}  // namespace

void append_safe(std::string& to, std::string_view text)
{
    while (!text.empty()) {
        const auto [code, octets] = first_of(text);
        if (octets == 0 || (octets == 1 && !is_safe(code))) {
            fmt::format_to(std::back_inserter(to), "\\x{:02X}", static_cast<unsigned char>(text.front()));
        } else if (!is_safe(code)) {
            fmt::format_to(std::back_inserter(to), "\\u{{{:X}}}", static_cast<std::uint32_t>(code));
        } else {
            if (code == '\\') to += '\\';
            to.append(text.substr(0, octets));
        }
        text.remove_prefix(std::max<std::size_t>(octets, 1));
    }
}

void append_safe_json(std::string& to, std::string_view text)
{
    to += '"';
    while (!text.empty()) {
        const auto [code, octets] = first_of(text);
        if (octets == 0) to += "\xEF\xBF\xBD";
        else if (code == '"' || code == '\\') (to += '\\') += static_cast<char>(code);
        else if (is_safe(code)) to.append(text.substr(0, octets));
        else if (code == '\n') to += "\\n";
        else if (code == '\t') to += "\\t";
        else if (code == '\r') to += "\\r";
        else if (code < 0x10000) fmt::format_to(std::back_inserter(to), "\\u{:04x}", static_cast<std::uint32_t>(code));
        else {  // RFC 8259 §7: as two halves of UTF-16
            const auto rest = static_cast<std::uint32_t>(code) - 0x10000;
            fmt::format_to(std::back_inserter(to), "\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10),
                           0xDC00 + (rest & 0x3FF));
        }
        text.remove_prefix(std::max<std::size_t>(octets, 1));
    }
    to += '"';
}

std::size_t columns_of(std::string_view safe) noexcept
{
    return static_cast<std::size_t>(std::ranges::count_if(safe, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace cais::trace
