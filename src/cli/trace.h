// cais trace: what is done with stories that were told. `join` lays two of them side by side.
#pragma once
#include <string>

namespace CLI {
class App;
}

namespace cais::cli {

class TraceCommand {
public:
    void add_options(CLI::App& app);
    // After the options were read. Gives the exit status: 1 with a line that says why.
    [[nodiscard]] int run();

private:
    std::string first_;
    std::string second_;
};

}  // namespace cais::cli
