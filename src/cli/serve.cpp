#include "cli/serve.h"

#include "cli/limit_option.h"
#include "cli/terminal.h"
#include "trace/log.h"

#include <cstdlib>
#include <iostream>
#include <system_error>

#include <CLI/CLI.hpp>

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

}  // namespace

void ServeCommand::add_options(CLI::App& app)
{
    app.add_option("folder", folder_, "The folder to serve; the current one unless told.")->type_name("DIR");
    app.add_option_function<std::vector<std::string>>(
           "--listen",
           [this](const std::vector<std::string>& values) {
               for (const auto& value : values) {
                   auto address = io::Address::parse(value);
                   if (!address) throw CLI::ValidationError("--listen", value + ": " + address.error().what);
                   settings_.listen.push_back({*address, false});
               }
           },
           "Where to listen, instead of 127.0.0.1:8080 and [::1]:8080. May be given more than once; port 0 takes a free one.")
        ->type_name("ADDR:PORT")
        ->type_size(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_option("--workers", settings_.workers, "Loops, each on its own thread; one a core unless told.")
        ->type_name("N")
        ->check(CLI::Range(1, 1024));
    app.add_option("--log", log_, "The access log: off, common, combined or json. Unless told: common on a terminal, else off.")
        ->type_name("FORM")
        ->check(CLI::IsMember({"off", "common", "combined", "json"}));
    app.add_option("--log-file", log_file_, "Writes the access log there instead of standard output; opened again at SIGUSR1.")->type_name("FILE");
    app.add_flag("--no-listing", no_listing_, "A folder without index.html is 404, instead of showing what is in it.");
    app.add_flag("--cors", settings_.modules.cors, "Lets pages of any origin read what is served.");
    app.add_flag("--spa", settings_.modules.files.spa, "Answers what is not there with /index.html, for single-page applications.");
    app.add_flag("--trace-method", settings_.trace_method, "Answers TRACE requests.");
    app.add_option("--echo", settings_.modules.echo, "Answers requests at and below PATH with what was received, to test clients.")
        ->type_name("PATH")
        ->check([](const std::string& path) { return path.starts_with('/') ? std::string() : "the path must begin with a slash"; }, "");
    app.add_option_function<std::vector<std::string>>(
           "--limit",
           [this](const std::vector<std::string>& values) {
               for (const auto& value : values)
                   if (auto fault = set_limit(settings_, value)) throw CLI::ValidationError("--limit", *fault);
           },
           "Changes a limit; may be given more than once.")
        ->type_name("NAME=VALUE")
        ->type_size(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_flag("-q,--quiet", quiet_, "Prints nothing at the start.");
    app.footer(limits_help());
}

int ServeCommand::run()
{
    if (settings_.listen.empty()) {
        settings_.listen.push_back({*io::Address::parse("127.0.0.1:8080"), false});
        settings_.listen.push_back({*io::Address::parse("[::1]:8080"), true});
    }
    if (log_.empty()) log_ = !log_file_.empty() || trace::is_terminal(STDOUT_FILENO) ? "common" : "off";
    if (log_ != "off") settings_.access_log = server::AccessLog::Config{*server::parse_log_format(log_), log_file_};
    settings_.modules.files.root = folder_;
    settings_.modules.files.listing = !no_listing_;

    struct stat status{};
    if (::stat(folder_.c_str(), &status) != 0) {
        std::cerr << "cais: serve " << folder_ << ": " << std::generic_category().message(errno) << "\n";
        return 1;
    }
    if (!S_ISDIR(status.st_mode)) {
        std::cerr << "cais: serve " << folder_ << ": it is " << (S_ISREG(status.st_mode) ? "a file; name the folder that it is in" : "no folder") << "\n";
        return 1;
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
        std::cerr << banner({version, served, addresses, trace::is_terminal(STDIN_FILENO)}, trace::colour_of(STDERR_FILENO)) << std::flush;
    }
    server.run();
    return 0;
}

}  // namespace cais::cli
