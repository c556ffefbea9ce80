// Programs of the user's, run to their end: a hook that is told something and answers by its exit status.
#pragma once
#include "base/result.h"
#include "io/task.h"

#include <string>
#include <vector>

namespace cais::io {

struct Command {
    std::vector<std::string>
        arguments;  // the first is the program: a path, or a name that is looked for in PATH; no shell
    base::Duration limit = std::chrono::seconds(60);
    std::size_t most_output = 4096;  // octets that are kept of what it says; the rest is read and dropped
};

struct Outcome {
    int status = 0;      // of its exit, or 128 and the signal's number
    std::string output;  // standard output and standard error, as they came
    [[nodiscard]] bool succeeded() const noexcept { return status == 0; }
};

// Runs it with our environment and working folder, standard input from /dev/null, no other descriptor of ours and no
// signal blocked, in a process group of its own, which is ended (SIGKILL) when the wait ends early: nothing of it that
// stayed in the group outlives the call. What it left running of its own will is waited for no longer than itself.
// Errors    not_found, denied, …: it could not be started; timed_out: it was ended after the limit; cancelled.
[[nodiscard]] Task<Result<Outcome>> run(Command command);

}  // namespace cais::io
