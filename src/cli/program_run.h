// Another program, run to its end: for commands that people wait for, never for the server.
#pragma once
#include "base/clock.h"
#include "base/result.h"

#include <span>
#include <string>

namespace cais::cli {

struct ProgramRun {
    int status = 0;      // its exit status; 128 and the signal where one ended it
    std::string output;  // what it said on standard output and standard error, the first 64 KiB
};

// Blocks until it has ended, for at most `limit`; then it is killed. It gets no input and no terminal that it could ask
// at, and speaks English (LC_ALL=C).
// Errors    not_found: no program of that name is on the PATH; timed_out; failed.
[[nodiscard]] Result<ProgramRun> run_program(std::span<const std::string> arguments,
                                             base::Duration limit = std::chrono::seconds(30));

}  // namespace cais::cli
