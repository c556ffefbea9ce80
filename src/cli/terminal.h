// What a person at a terminal sees when the server starts.
#pragma once
#include "trace/terminal.h"

#include <span>
#include <string>
#include <string_view>

namespace cais::cli {

using trace::Colour;
using trace::colour_of;
using trace::is_terminal;

struct Banner {
    std::string_view version;                // "0.1.0"
    std::string_view served;                 // the folder or the configuration, as an absolute path
    std::span<const std::string> addresses;  // "http://127.0.0.1:8080"
    bool stopped_by_keyboard;                // somebody is there to press Ctrl+C
    bool as_root = false;                    // and stays so
};

// At most four lines, each with its '\n'; of more than two addresses the others are counted. Names are escaped.
//
//   cais 0.1.0 serves /home/ana/site               or: /home/ana/site, as root
//     http://127.0.0.1:8080
//     http://[::1]:8080
//   Ctrl+C stops it.
[[nodiscard]] std::string banner(const Banner& banner, Colour colour);

}  // namespace cais::cli
