#include "cli/serve.h"

#include "base/text.h"
#include "cli/terminal.h"
#include "trace/log.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

namespace cais::cli {
namespace {

// The folder as an absolute path, for people; as it was given where that cannot be found out.
std::string absolute(const std::string& folder)
{
    char* resolved = ::realpath(folder.c_str(), nullptr);
    if (resolved == nullptr) return folder;
    std::string path = resolved;
    std::free(resolved);  // NOLINT: realpath allocates with malloc
    return path;
}

// Says why the folder cannot be served, and gives the exit status.
int fails(const std::string& folder, const std::string& why)
{
    std::string line = "cais: serve ";
    base::append_printable(line, folder);
    std::cerr << line << ": " << why << "\n";
    return 1;
}

}  // namespace

void ServeCommand::add_options(CLI::App& app)
{
    app.add_option("DIR", folder_, "The folder. Default: the current one.")->type_name("");
    app.add_option_function<std::vector<std::string>>(
           "--listen", [this](const std::vector<std::string>& values) { listen_at(values); },
           "Where to listen; may be given more than once. Port 0 takes a free one.\n"
           "Default: 127.0.0.1:8080 and [::1]:8080, this machine alone.")
        ->type_name("ADDR:PORT")
        ->option_text("ADDR:PORT")
        ->type_size(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_option("--workers", settings_.workers,
                   "Event loops, each on its own thread. Default: one for each processor.")
        ->type_name("N")
        ->option_text("N")
        ->check(CLI::Range(1, 1024));
    app.add_option("--log", log_,
                   "The access log: off, common, combined or json.\n"
                   "Default: common on a terminal and with --log-file, else off.")
        ->type_name("FORM")
        ->option_text("FORM")
        ->check(CLI::IsMember({"off", "common", "combined", "json"}));
    app.add_option("--log-file", log_file_,
                   "Where the access log goes instead of standard output;\nopened anew on SIGUSR1.")
        ->type_name("FILE")
        ->option_text("FILE");
    app.add_flag("--no-listing", no_listing_, "A folder without index.html is 404 instead of listed.");
    app.add_flag("--cors", settings_.modules.cors, "Lets pages of every origin read what is served.");
    app.add_flag("--spa", settings_.modules.files.spa, "Answers a page that is not there with /index.html.");
    app.add_flag("--trace-method", settings_.trace_method, "Answers TRACE with the request as it came.");
    app.add_option("--echo", settings_.modules.echo,
                   "Answers requests at and below PATH with what was received,\nto test clients.")
        ->type_name("PATH")
        ->option_text("PATH")
        ->check(
            [](const std::string& path) {
                return path.starts_with('/') ? std::string() : "the path must begin with a slash";
            },
            "");
    app.add_option_function<std::vector<std::string>>(
           "--limit",
           [this](const std::vector<std::string>& values) {
               for (const auto& value : values)
                   if (auto fault = server::set_limit(limits_, value)) throw CLI::ValidationError("--limit", *fault);
           },
           "Sets a limit, see below; may be given more than once.")
        ->type_name("NAME=VALUE")
        ->option_text("NAME=VALUE")
        ->type_size(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_flag("-q,--quiet", quiet_, "Prints nothing at the start.");
    app.footer(server::limits_help());
}

void ServeCommand::listen_at(const std::vector<std::string>& addresses)
{
    for (const auto& text : addresses) {
        const auto address = io::Address::parse(text);
        const bool is_name = std::ranges::count(text, ':') == 1 && std::ranges::any_of(text, base::is_alpha);
        if (!address)
            throw CLI::ValidationError(
                "--listen",
                text + ": " + (is_name ? "names are not looked up; write the address" : address.error().what));
        const auto is_same = [&](const server::ListenAddress& other) { return other.address == *address; };
        if (address->port != 0 && std::ranges::any_of(settings_.listen, is_same))
            throw CLI::ValidationError("--listen", text + ": it is given twice");
        settings_.listen.push_back({*address, false});
    }
}

int ServeCommand::run()
{
    if (settings_.listen.empty()) {
        settings_.listen.push_back({*io::Address::parse("127.0.0.1:8080"), false});
        settings_.listen.push_back({*io::Address::parse("[::1]:8080"), true});
    }
    settings_.limits = limits_.http;
    settings_.connections = limits_.connections;
    settings_.stop_time = limits_.stop_time;
    if (log_.empty()) log_ = !log_file_.empty() || trace::is_terminal(STDOUT_FILENO) ? "common" : "off";
    if (log_ != "off") settings_.access_log = server::AccessLog::Config{*server::parse_log_format(log_), log_file_};
    settings_.modules.files.root = folder_;
    settings_.modules.files.listing = !no_listing_;

    struct stat status{};
    if (::stat(folder_.c_str(), &status) != 0) {
        const int number = errno;
        return fails(folder_.empty() ? "``" : folder_, std::generic_category().message(number));
    }
    if (!S_ISDIR(status.st_mode)) {
        return fails(folder_,
                     S_ISREG(status.st_mode) ? "it is a file; name the folder that it is in" : "it is no folder");
    }

    const auto version = std::string(CAIS_VERSION);
    server::Server server(std::move(settings_));
    if (auto failure = server.open()) {
        std::cerr << "cais: " << failure->what << "\n";
        return 1;
    }
    if (!quiet_) {
        std::vector<std::string> addresses;
        for (const auto& address : server.addresses()) addresses.push_back("http://" + address.text());
        const std::string served = absolute(folder_);
        // Standard error: standard output is the log's.
        std::cerr << banner({version, served, addresses, trace::is_terminal(STDIN_FILENO)},
                            trace::colour_of(STDERR_FILENO))
                  << std::flush;
    }
    server.run();
    return 0;
}

}  // namespace cais::cli
