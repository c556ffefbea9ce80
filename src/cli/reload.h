// cais reload: tells the server that runs to read its configuration again, and waits for what comes of it.
#pragma once
#include "cli/state_option.h"

namespace cais::cli {

class ReloadCommand {
public:
    void add_options(CLI::App& app);
    // After the options were read. Gives the exit status: 0 once the new configuration is in use; 1 where it is not,
    // with why on standard error.
    [[nodiscard]] int run();

private:
    StateOption state_;
};

}  // namespace cais::cli
