#include "cli/check.h"

#include "base/text.h"
#include "cli/diagnostics.h"
#include "server/inspect.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>

namespace cais::cli {
namespace {

std::string counted(std::size_t number, std::string_view one)
{
    return fmt::format("{} {}{}", number, one, number == 1 ? "" : "s");
}

}  // namespace

void CheckCommand::add_options(CLI::App& app)
{
    app.add_option("FILE", file_, "The configuration.")->type_name("")->required();
    app.add_flag("-q,--quiet", quiet_, "Prints what is wrong alone.");
}

int CheckCommand::run()
{
    const auto document = config::Document::read(file_, server::configuration_page);
    const auto configuration = server::read_configuration(*document);
    auto& diagnostics = document->diagnostics();
    if (document->is_readable()) {
        server::inspect(configuration, diagnostics);
        server::inspect_state(configuration, diagnostics);
    }
    print(diagnostics);

    std::string line;
    base::append_printable(line, file_);
    if (diagnostics.has_errors()) {
        line += ": " + counted(diagnostics.errors(), "error");
        if (diagnostics.warnings() > 0) line += " and " + counted(diagnostics.warnings(), "warning");
        std::cerr << line << "\n";
        return 1;
    }
    if (quiet_) return 0;
    line += diagnostics.warnings() > 0 ? ": good, with " + counted(diagnostics.warnings(), "warning") : ": good";
    std::cout << line << "\n";
    return 0;
}

}  // namespace cais::cli
