// cais cert: the certificates that a server has, and getting another one now.
#pragma once
#include "cli/state_option.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cais::cli {

class CertCommand {
public:
    void add_options(CLI::App& app);
    // After the options were read. Gives the exit status: 1 with a line that says why.
    [[nodiscard]] int run();

    // One line of the list.
    struct Row {
        std::string names;
        std::string issuer;
        std::string days_left;
        std::string from;
    };

private:
    [[nodiscard]] int list() const;
    [[nodiscard]] int renew() const;

    CLI::App* chosen_ = nullptr;
    StateOption option_;
    State state_;
    std::string name_;
};

// Rows under a head, in columns; what is longer than its column pushes the rest.
[[nodiscard]] std::string table_of(const std::vector<CertCommand::Row>& rows);

}  // namespace cais::cli
