#include "cli/serve.h"

#include "base/text.h"
#include "cli/diagnostics.h"
#include "cli/terminal.h"
#include "server/inspect.h"
#include "server/launch.h"
#include "server/state.h"
#include "server/tracing.h"
#include "trace/log.h"
#include "trace/private_file.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

#include <fcntl.h>
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

constexpr std::uint16_t plain_port = 80;

// Where a browser finds what listens there. Of the local authority's certificates, `localhost` is the name that people
// know.
std::string url_of(const server::Configuration& configuration, const io::Address& bound)
{
    for (const auto& site : configuration.sites) {
        for (const auto& listen : site.listen) {
            io::Address address = listen.address;
            if (address.port == 0) address.port = bound.port;
            if (address != bound || !listen.is_tls) continue;
            const auto ip = bound.ip_text();
            const bool is_loopback = ip == "127.0.0.1" || ip == "::1";
            if (is_loopback && configuration.file.empty()) return "https://localhost:" + std::to_string(bound.port);
            return "https://" + bound.text();
        }
    }
    return "http://" + bound.text();
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
    app_ = &app;
    const auto takes_all = [](CLI::Option* option, const char* form) {
        option->type_name(form)->option_text(form)->type_size(1)->allow_extra_args(false)->multi_option_policy(
            CLI::MultiOptionPolicy::TakeAll);
    };
    app.add_option("PATH", what_,
                   "A folder, or a file: a configuration (docs/configuration.md).\nDefault: the current folder.")
        ->type_name("");
    takes_all(app.add_option_function<std::vector<std::string>>(
                  "--listen", [this](const std::vector<std::string>& values) { listen_at(values); },
                  "Where to listen; may be given more than once. Port 0 takes a free one.\n"
                  "Default: 127.0.0.1:8080 and [::1]:8080, this machine alone;\nwith --tls port 8443."),
              "ADDR:PORT");
    app.add_option("--tls", tls_,
                   "internal: HTTPS with certificates of our own local authority,\n"
                   "which `cais trust` makes browsers believe. Port 80 stays plain.")
        ->type_name("internal")
        ->option_text("internal")
        ->check(CLI::IsMember({"internal"}), "");
    app.add_option(
           "--state", state_,
           "Where that authority is kept. Default: ~/.local/state/cais\n(XDG_STATE_HOME); for root /var/lib/cais.")
        ->type_name("DIR")
        ->option_text("DIR")
        ->needs("--tls");
    app.add_option("--workers", workers_, "Event loops, each on its own thread. Default: one for each processor.")
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
    app.add_flag("--cors", cors_, "Lets pages of every origin read what is served.");
    app.add_flag("--spa", spa_, "Answers a page that is not there with /index.html.");
    app.add_flag("--trace-method", trace_method_, "Answers TRACE with the request as it came.");
    app.add_option("--echo", echo_, "Answers requests at and below PATH with what was received,\nto test clients.")
        ->type_name("PATH")
        ->option_text("PATH")
        ->check(
            [](const std::string& path) {
                const auto pattern = server::PathPattern::parse(path);
                return pattern ? std::string() : pattern.error().what;
            },
            "");
    takes_all(app.add_option_function<std::vector<std::string>>(
                  "--limit", [this](const std::vector<std::string>& values) { set_limits(values); },
                  "Sets a limit, see below; may be given more than once."),
              "NAME=VALUE");
    app.add_option("--trace", trace_,
                   "Tells what happens on each connection, event by event: text or json\n(docs/trace.md).")
        ->type_name("FORM")
        ->option_text("FORM")
        ->check(CLI::IsMember({"text", "json"}));
    app.add_option("--trace-file", trace_file_, "Where that goes instead of standard error; behind what is there.")
        ->type_name("FILE")
        ->option_text("FILE")
        ->needs("--trace");
    takes_all(app.add_option_function<std::vector<std::string>>(
                     "--trace-only", [this](const std::vector<std::string>& values) { trace_only(values); },
                     "Only connections from an address or a network (10.0.0.0/8), or\nrequests at or below a path (/x); may be "
                     "given more than once.")
                  ->needs("--trace"),
              "ADDR|PATH");
    app.add_flag("--show-secrets", show_secrets_,
                 "In the trace, shows the values of Authorization, Cookie and the like.")
        ->needs("--trace");
    app.add_option("--key-log", key_log_,
                   "Writes the secrets of TLS there, for Wireshark: whoever has them\nreads everything. SSLKEYLOGFILE "
                   "is ignored.")
        ->type_name("FILE")
        ->option_text("FILE");
    app.add_flag("-q,--quiet", quiet_, "Prints nothing at the start.");
    app.footer("With a configuration, --listen, --no-listing, --cors and --spa are in it; the other\noptions count "
               "instead of what it says.\n\n" +
               server::limits_help());
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
        if (address->port != 0 && std::ranges::find(listen_, *address) != listen_.end())
            throw CLI::ValidationError("--listen", text + ": it is given twice");
        listen_.push_back(*address);
    }
}

void ServeCommand::set_limits(const std::vector<std::string>& limits)
{
    server::Limits scratch;
    for (const auto& limit : limits)
        if (auto fault = server::set_limit(scratch, limit)) throw CLI::ValidationError("--limit", *fault);
    limits_ = limits;
}

void ServeCommand::trace_only(const std::vector<std::string>& values)
{
    for (const auto& value : values)
        if (!value.starts_with('/') && !server::Network::parse(value))
            throw CLI::ValidationError("--trace-only",
                                       value + ": it is neither an address, a network nor a path that begins with /");
    trace_only_ = values;
}

// Opened here, since the process that serves may be another user by then.
std::expected<void, std::string> ServeCommand::open_tracing()
{
    if (trace_.empty() && key_log_.empty()) return {};
    server::Tracing::Options options{.file = trace_file_, .key_log_file = key_log_};
    const auto open = [](const std::string& file, io::Descriptor& to) -> std::expected<void, std::string> {
        auto opened = trace::open_private(file, trace::Opened::at_its_end);
        if (!opened) return std::unexpected(file + ": " + base::describe(opened.error()));
        to = io::Descriptor(*opened);
        return {};
    };
    if (!key_log_.empty())
        if (auto opened = open(key_log_, options.key_log); !opened)
            return std::unexpected("--key-log " + opened.error());
    if (!trace_.empty()) {
        options.form = trace_ == "json" ? trace::Form::json : trace::Form::text;
        options.secrets = show_secrets_ ? trace::Secrets::shown : trace::Secrets::hidden;
        for (const auto& only : trace_only_) {
            if (only.starts_with('/')) options.paths.push_back(only);
            else options.networks.push_back(*server::Network::parse(only));
        }
        if (trace_file_.empty()) {
            options.colour = trace::colour_of(STDERR_FILENO);
            options.output = io::Descriptor(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
            if (!options.output) return std::unexpected("--trace: standard error is closed; give --trace-file");
        } else if (auto opened = open(trace_file_, options.output); !opened) {
            return std::unexpected("--trace-file " + opened.error());
        }
    }
    tracing_ = std::make_shared<server::Tracing>(std::move(options));
    return {};
}

int ServeCommand::run()
{
    struct stat status{};
    if (::stat(what_.c_str(), &status) != 0) {
        const int number = errno;
        return fails(what_.empty() ? "``" : what_, std::generic_category().message(number));
    }
    const auto is_plain = [](const io::Address& address) { return address.port == plain_port; };
    if (!tls_.empty() && !listen_.empty() && std::ranges::all_of(listen_, is_plain))
        throw CLI::ValidationError("--tls", "port 80 is plain; name another port, too");
    if (S_ISREG(status.st_mode)) refuse_options_of_a_folder();
    else if (!S_ISDIR(status.st_mode)) return fails(what_, "it is neither a folder nor a file");
    const bool is_file = S_ISREG(status.st_mode);

    if (auto opened = open_tracing(); !opened) {
        std::string line;
        base::append_printable(line, opened.error());
        std::cerr << "cais: serve " << line << "\n";
        return 1;
    }
    server::Launch launch;
    launch.is_file = is_file;
    launch.load = [this, is_file](const server::Launch::Reading& reading) {
        return is_file ? read_file(reading) : std::expected<server::Loaded, std::string>(folder(reading));
    };
    launch.announce = [this](const server::Launch::Announcement& announcement) { announce(announcement); };
    return server::launch(launch);
}

std::expected<server::Loaded, std::string> ServeCommand::read_file(const server::Launch::Reading& reading)
{
    const auto document = config::Document::read(what_, server::configuration_page);
    server::Loaded loaded;
    auto configuration = server::read_configuration(*document);
    auto& diagnostics = document->diagnostics();
    if (document->is_readable() && reading.inspects) server::inspect(configuration, diagnostics);
    // At the start a person looks on, later a log and whoever asked for the reload.
    const bool is_first = !std::exchange(has_read_, true);
    const bool is_coloured = is_first && trace::colour_of(STDERR_FILENO) == trace::Colour::on;
    if (diagnostics.has_errors())
        return std::unexpected(diagnostics.text(is_coloured ? config::Colour::on : config::Colour::off));
    if (is_first && reading.inspects) print(diagnostics);
    else loaded.warnings = diagnostics.lines();
    override(configuration);
    loaded.configuration = std::make_shared<const server::Configuration>(std::move(configuration));
    return loaded;
}

server::Loaded ServeCommand::folder(const server::Launch::Reading& reading) const
{
    auto configuration = folder_configuration();
    // What a service manager listens at is served, where nobody says otherwise.
    if (listen_.empty() && !reading.handed_in.empty()) {
        auto& listen = configuration.sites.front().listen;
        listen.clear();
        for (const auto& address : reading.handed_in) listen.push_back(listen_of(address));
    }
    return {std::make_shared<const server::Configuration>(std::move(configuration)), {}};
}

// As in a configuration: port 80 is plain, and where there is TLS every other port has it.
server::Listen ServeCommand::listen_of(const io::Address& address) const
{
    return {.address = address, .is_tls = !tls_.empty() && address.port != plain_port};
}

// What the options of `cais serve DIR` say: one site with all names, one folder.
server::Configuration ServeCommand::folder_configuration() const
{
    server::Site site;
    site.hosts.push_back({server::Host{}});
    site.tls.from = tls_.empty() ? server::SiteTls::From::off : server::SiteTls::From::internal;
    for (const auto& address : listen_) site.listen.push_back(listen_of(address));
    if (site.listen.empty()) {
        site.listen.push_back(listen_of(*io::Address::parse(tls_.empty() ? "127.0.0.1:8080" : "127.0.0.1:8443")));
        site.listen.push_back(listen_of(*io::Address::parse(tls_.empty() ? "[::1]:8080" : "[::1]:8443")));
        site.listen.back().may_be_absent = true;
    }
    server::Route route{.path = {}, .module = files::Config{.root = what_, .listing = !no_listing_, .spa = spa_}};
    if (cors_) route.cors.emplace();
    site.routes.push_back(std::move(route));

    server::Configuration configuration;
    configuration.state = state_.empty() ? server::state_of_user().value_or("")
                                         : std::filesystem::absolute(state_).lexically_normal().string();
    configuration.sites.push_back(std::move(site));
    override(configuration);
    return configuration;
}

void ServeCommand::refuse_options_of_a_folder() const
{
    constexpr std::pair<const char*, const char*> options[] = {{"--listen", "`listen`"}, {"--tls", "`tls`"},
                                                               {"--state", "`state`"},   {"--no-listing", "`listing`"},
                                                               {"--cors", "`cors`"},     {"--spa", "`spa`"}};
    for (const auto& [option, key] : options)
        if (app_->count(option) > 0)
            throw CLI::ValidationError(option, std::string("it is for a folder; a configuration has ") + key);
}

// What stands on the command line counts.
void ServeCommand::override(server::Configuration& configuration) const
{
    using Access = server::Log::Access;
    if (workers_ != 0) configuration.workers = workers_;
    for (const auto& limit : limits_) (void)server::set_limit(configuration.limits, limit);  // which was tried before
    if (trace_method_) configuration.trace_method = true;
    configuration.tracing = tracing_;
    server::Log& log = configuration.log;
    if (!log_file_.empty()) log.file = log_file_;
    if (!log_.empty()) {
        log.access = log_ == "off" ? Access::off : Access::on;
        if (log_ != "off") log.format = *server::parse_log_format(log_);
    }
    if (log.access == Access::by_default)
        log.access = !log.file.empty() || trace::is_terminal(STDOUT_FILENO) ? Access::on : Access::off;

    if (echo_.empty()) return;
    // At the path and below it, whether it ends with a slash or not.
    const auto path = server::PathPattern::parse(echo_.ends_with('/') || echo_.contains('*') ? echo_ : echo_ + "/");
    for (auto& site : configuration.sites) {
        std::erase_if(site.routes, [&](const server::Route& route) { return route.path == *path; });
        site.routes.push_back({.path = *path, .module = echo::Config{}});
    }
}

// Standard error: standard output is the log's.
void ServeCommand::announce(const server::Launch::Announcement& announcement) const
{
    if (!key_log_.empty())
        trace::log(trace::Level::warning,
                   "--key-log " + key_log_ + ": the secrets of every connection are written there; whoever reads the "
                                             "file can decrypt what was recorded");
    trace::flush();
    if (quiet_) return;
    std::vector<std::string> urls;
    for (const auto& address : announcement.addresses) {
        auto url = url_of(announcement.configuration, address);
        if (std::ranges::find(urls, url) == urls.end()) urls.push_back(std::move(url));
    }
    const auto version = std::string(CAIS_VERSION);
    const std::string served = absolute(what_);
    std::cerr << banner({version, served, urls, trace::is_terminal(STDIN_FILENO), announcement.as_root},
                        trace::colour_of(STDERR_FILENO))
              << std::flush;
}

}  // namespace cais::cli
