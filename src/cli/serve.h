// cais serve: a folder as a web site.
#pragma once
#include "server/limits.h"
#include "server/server.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cais::cli {

class ServeCommand {
public:
    void add_options(CLI::App& app);
    // After the options were read. Gives the exit status.
    [[nodiscard]] int run();

private:
    void listen_at(const std::vector<std::string>& addresses);

    server::Settings settings_;
    server::Limits limits_;
    std::string folder_ = ".";
    std::string log_;
    std::string log_file_;
    bool no_listing_ = false;
    bool quiet_ = false;
};

}  // namespace cais::cli
