// cais data: the data: URL of a file, on standard output.
#pragma once
#include <string>

namespace CLI {
class App;
}

namespace cais::cli {

class DataCommand {
public:
    void add_options(CLI::App& app);
    // After the options were read. Gives the exit status.
    [[nodiscard]] int run();

private:
    std::string file_;
    std::string type_;
};

}  // namespace cais::cli
