// cais check: what is wrong in a configuration, all of it at once, and nothing changed.
#pragma once
#include <string>

namespace CLI {
class App;
}

namespace cais::cli {

class CheckCommand {
public:
    void add_options(CLI::App& app);
    // After the options were read. Gives the exit status: 1 where something is wrong, 0 with warnings alone.
    [[nodiscard]] int run();

private:
    std::string file_;
    bool quiet_ = false;
};

}  // namespace cais::cli
