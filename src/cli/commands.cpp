#include "cli/commands.h"

#include "base/text.h"
#include "cli/cert.h"
#include "cli/check.h"
#include "cli/data.h"
#include "cli/explain.h"
#include "cli/reload.h"
#include "cli/serve.h"
#include "cli/trace.h"
#include "cli/trust.h"
#include "cli/user.h"
#include "trace/log.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

namespace cais::cli {
namespace {

struct Command {
    std::string name;
    CLI::App* app;
    std::function<int()> run;
};

}  // namespace

int run(int argc, char** argv)
{
    CLI::App program("A web server: a folder becomes a web site with one command, many with one file.", "cais");
    program.set_help_flag("-h,--help", "Prints this; `cais serve --help` what that takes.");
    program.set_version_flag("--version", "cais " CAIS_VERSION, "Prints the version.");
    program.require_subcommand(0, 1);  // what is there and wrong is named before what is missing
    program.get_formatter()->column_width(24);
    program.get_formatter()->label("REQUIRED", "");

    std::vector<Command> commands;
    const auto add = [&](auto& command, const char* name, const char* description) {
        CLI::App& app = *program.add_subcommand(name, description);
        app.set_help_flag("-h,--help", "Prints this.");
        command.add_options(app);
        commands.push_back({name, &app, [&command] { return command.run(); }});
    };
    ServeCommand serve;
    CheckCommand check;
    add(serve, "serve", "Serves a folder, or what a configuration says.");
    ReloadCommand reload;
    add(reload, "reload", "Has the running server take its configuration anew, and waits.");
    add(check, "check", "Says what is wrong in a configuration, and changes nothing.");
    ExplainCommand explain;
    add(explain, "explain", "Says what a request would come to, and why.");
    TrustCommand trust;
    add(trust, "trust", "Makes this user's browsers trust our local authority, or no longer.");
    UserCommand user;
    add(user, "user", "Adds, changes, removes and lists the users of `auth`.");
    CertCommand cert;
    add(cert, "cert", "Lists the certificates of a server, and has it renew one.");
    DataCommand data;
    add(data, "data", "Prints the data: URL of a file.");

    TraceCommand trace_command;
    add(trace_command, "trace", "Lays the traces of a client and a server side by side.");

    try {
        program.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        // `cais user add --help` is about `cais user add`.
        const CLI::App* asked = &program;
        std::string before;
        while (!asked->get_subcommands().empty()) {
            before += before.empty() ? asked->get_name() : " " + asked->get_name();
            asked = asked->get_subcommands().front();
        }
        std::cout << asked->help(before);
        return 0;
    } catch (const CLI::CallForVersion&) {
        std::cout << "cais " CAIS_VERSION "\n";
        return 0;
    } catch (const CLI::ParseError& error) {
        std::string what;
        base::append_printable(what, error.what());  // it repeats what was typed
        const auto chosen =
            std::ranges::find_if(commands, [](const Command& command) { return command.app->parsed(); });
        const std::string name = chosen == commands.end() ? "" : chosen->name + " ";
        std::cerr << "cais: " << what << "\nTry `cais " << name << "--help`.\n";
        return 2;
    }
    for (const auto& command : commands) {
        if (!command.app->parsed()) continue;
        try {
            return command.run();
        } catch (const CLI::ParseError& error) {  // an option that does not fit what the command was given
            std::string what;
            base::append_printable(what, error.what());
            std::cerr << "cais: " << what << "\nTry `cais " << command.name << " --help`.\n";
            return 2;
        } catch (const std::exception& exception) {
            trace::log(trace::Level::error, "cais " + command.name + ": " + exception.what());
            return 1;
        }
    }
    std::string names;
    for (std::size_t i = 0; i < commands.size(); ++i)
        names += (i == 0 ? "`" : i + 1 == commands.size() ? " and `" : ", `") + commands[i].name + "`";
    std::cerr << "cais: a command is missing; there are " << names << ".\nTry `cais --help`.\n";
    return 2;
}

}  // namespace cais::cli
