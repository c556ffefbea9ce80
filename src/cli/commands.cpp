#include "cli/commands.h"

#include "base/text.h"
#include "cli/serve.h"
#include "cli/trust.h"
#include "trace/log.h"

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <string>

namespace cais::cli {
namespace {

// "serve ", or nothing where no command was named.
std::string chosen_name(const CLI::App& program)
{
    const auto chosen = program.get_subcommands();
    return chosen.empty() ? "" : chosen.front()->get_name() + " ";
}

}  // namespace

int run(int argc, char** argv)
{
    CLI::App program("A web server: a folder becomes a web site with one command.", "cais");
    program.set_help_flag("-h,--help", "Prints this; `cais serve --help` what that takes.");
    program.set_version_flag("--version", "cais " CAIS_VERSION, "Prints the version.");
    program.require_subcommand(0, 1);  // what is there and wrong is named before what is missing
    program.get_formatter()->column_width(24);
    program.get_formatter()->label("REQUIRED", "");

    ServeCommand serve;
    CLI::App& serve_app = *program.add_subcommand("serve", "Serves a folder over HTTP.");
    serve_app.set_help_flag("-h,--help", "Prints this.");
    serve.add_options(serve_app);

    TrustCommand trust;
    CLI::App& trust_app =
        *program.add_subcommand("trust", "Makes this user's browsers trust our local authority, or no longer.");
    trust_app.set_help_flag("-h,--help", "Prints this.");
    trust.add_options(trust_app);

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
        std::string what;
        base::append_printable(what, error.what());  // it repeats what was typed
        std::cerr << "cais: " << what << "\nTry `cais " << chosen_name(program) << "--help`.\n";
        return 2;
    }
    if (program.get_subcommands().empty()) {
        std::cerr << "cais: a command is missing; there are `serve` and `trust`.\nTry `cais --help`.\n";
        return 2;
    }
    try {
        return trust_app.parsed() ? trust.run() : serve.run();
    } catch (const std::exception& exception) {
        trace::log(trace::Level::error, "cais " + chosen_name(program) + "failed: " + exception.what());
        return 1;
    }
}

}  // namespace cais::cli
