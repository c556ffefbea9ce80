#include "trace/terminal.h"

#include <cstdlib>
#include <string_view>

#include <unistd.h>

namespace cais::trace {
namespace {

std::string_view environment(const char* name) noexcept
{
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : value;
}

}  // namespace

bool is_terminal(int descriptor) noexcept { return ::isatty(descriptor) == 1; }

Colour colour_of(int descriptor) noexcept
{
    if (!is_terminal(descriptor)) return Colour::off;
    if (!environment("NO_COLOR").empty() || environment("TERM") == "dumb") return Colour::off;
    return Colour::on;
}

}  // namespace cais::trace
