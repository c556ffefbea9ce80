#include "cli/terminal.h"

#include "base/text.h"

#include <algorithm>

namespace cais::cli {
namespace {

constexpr std::size_t shown_addresses = 2;

// SGR, ECMA-48 §8.3.117.
constexpr std::string_view bold = "\x1b[1m", underlined_blue = "\x1b[4;34m", faint = "\x1b[2m", normal = "\x1b[0m";

void append(std::string& to, std::string_view text, std::string_view style, Colour colour)
{
    if (colour == Colour::on) to += style;
    base::append_printable(to, text);
    if (colour == Colour::on) to += normal;
}

}  // namespace

std::string banner(const Banner& banner, Colour colour)
{
    std::string text;
    append(text, "cais", bold, colour);
    text += ' ';
    base::append_printable(text, banner.version);
    text += " serves ";
    append(text, banner.served, bold, colour);
    text += banner.as_root ? ", as root\n" : "\n";

    const auto shown = banner.addresses.first(std::min(banner.addresses.size(), shown_addresses));
    for (const auto& address : shown) {
        text += "  ";
        append(text, address, underlined_blue, colour);
        if (&address == &shown.back() && banner.addresses.size() > shown.size()) {
            text += " and ";
            base::append_decimal(text, banner.addresses.size() - shown.size());
            text += " more";
        }
        text += '\n';
    }
    if (banner.stopped_by_keyboard) {
        append(text, "Ctrl+C stops it.", faint, colour);
        text += '\n';
    }
    return text;
}

}  // namespace cais::cli
