// The command line: what it says, and which command it calls.
#pragma once

namespace cais::cli {

// Exit status: 0 done; 1 it could not be done, a line on standard error says why; 2 a wrong command line, with the
// option at fault.
[[nodiscard]] int run(int argc, char** argv);

}  // namespace cais::cli
