// cais explain: which site, which route, which wrappers and which module a request would come to, and why not the
// others.
#pragma once
#include "cli/state_option.h"

#include <string>

namespace CLI {
class App;
}

namespace cais::cli {

class ExplainCommand {
public:
    void add_options(CLI::App& app);
    // After the options were read. Gives the exit status: 0 where a module or a redirect would answer, else 1.
    [[nodiscard]] int run();

private:
    StateOption state_;
    std::string url_;
    std::string method_ = "GET";
};

}  // namespace cais::cli
