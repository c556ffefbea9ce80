#include "cli/diagnostics.h"

#include "trace/terminal.h"

#include <iostream>

#include <unistd.h>

namespace cais::cli {

void print(const config::Diagnostics& diagnostics)
{
    const bool is_coloured = trace::colour_of(STDERR_FILENO) == trace::Colour::on;
    std::cerr << diagnostics.text(is_coloured ? config::Colour::on : config::Colour::off) << std::flush;
}

}  // namespace cais::cli
