#include "cli/commands.h"

#include "cli/serve.h"
#include "trace/log.h"

#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

namespace cais::cli {

int run(int argc, char** argv)
{
    CLI::App program("One program that speaks the web's protocols, over one tree of resources.", "cais");
    program.set_version_flag("--version", "cais " CAIS_VERSION);
    program.require_subcommand(0, 1);  // what is there and wrong is named before what is missing
    program.get_formatter()->column_width(36);
    program.get_formatter()->label("REQUIRED", "");

    ServeCommand serve;
    CLI::App& serve_app = *program.add_subcommand("serve", "Serve a folder over HTTP.");
    serve.add_options(serve_app);

    try {
        program.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        const auto chosen = program.get_subcommands();
        std::cout << (chosen.empty() ? program.help() : chosen.front()->help("cais"));
        return 0;
    } catch (const CLI::CallForVersion&) {
        std::cout << "cais " CAIS_VERSION "\n";
        return 0;
    } catch (const CLI::ParseError& error) {
        std::cerr << "cais: " << error.what() << "\nTry `cais " << (serve_app.parsed() ? "serve " : "") << "--help`.\n";
        return 2;
    }
    if (!serve_app.parsed()) {
        std::cerr << "cais: a command is missing; there is `serve`.\nTry `cais --help`.\n";
        return 2;
    }
    try {
        return serve.run();
    } catch (const std::exception& exception) {
        trace::log(trace::Level::error, std::string("cais serve: ") + exception.what());
        return 1;
    }
}

}  // namespace cais::cli
