// What is wrong in a configuration, printed.
#pragma once
#include "config/diagnostics.h"

namespace cais::cli {

// On standard error, coloured where that is a terminal that wants it.
void print(const config::Diagnostics& diagnostics);

}  // namespace cais::cli
