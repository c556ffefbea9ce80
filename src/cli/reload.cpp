#include "cli/reload.h"

#include "server/control.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace cais::cli {
namespace {

constexpr auto answer_limit = std::chrono::minutes(4);

// Each line of the server's ends with '\n', the last one too.
void print(const std::string& text) { std::cerr << text << (text.ends_with('\n') ? "" : "\n"); }

}  // namespace

void ReloadCommand::add_options(CLI::App& app) { state_.add_to(app); }

int ReloadCommand::run()
{
    const auto state = state_.choose();
    if (!state) {
        print(state.error());
        return 1;
    }
    std::cerr << told(*state);
    const auto answer = server::ask_server(state->folder, "reload", {}, answer_limit);
    if (!answer) {
        std::cerr << "cais: reload: " << answer.error() << "\n";
        return 1;
    }
    print(answer->text);
    return answer->is_done ? 0 : 1;
}

}  // namespace cais::cli
