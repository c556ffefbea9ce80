#include "cli/state_option.h"

#include "base/text.h"
#include "config/document.h"
#include "io/descriptor.h"
#include "server/state.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::cli {
namespace {

std::string printable(std::string_view text)
{
    std::string safe;
    base::append_printable(safe, text);
    return safe;
}

using Chosen = std::expected<State, std::string>;

// Reads the keys that are wanted here.
Chosen state_of(const std::string& file, config::Document& document)
{
    State state;
    state.file = std::filesystem::absolute(file).lexically_normal().string();
    auto root = document.root();
    const auto folder = root.path("state");
    state.user = root.text("user").value_or("www-data");
    if (auto auth = root.table("auth")) state.realm = auth->text("realm").value_or(state.realm);
    if (document.diagnostics().has_errors()) return std::unexpected(document.diagnostics().text());
    const auto fallback = server::state_of_user();
    if (!folder && !fallback)
        return std::unexpected(printable(state.file) + " names no `state`, and there is no home to keep it in");
    state.folder = std::filesystem::absolute(folder ? *folder : *fallback).lexically_normal().string();
    return state;
}

// Opens `file` where whoever could have written it may tell us what to do. Empty where it is not there.
struct Opened {
    io::Descriptor file;
    std::string passed_over;
};
std::optional<Opened> open_ours(const std::string& file)
{
    Opened opened;
    opened.file = io::Descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!opened.file && errno == ENOENT) return std::nullopt;
    struct stat status{};
    if (!opened.file || ::fstat(opened.file.get(), &status) != 0)
        opened.passed_over = std::generic_category().message(errno);
    else if (!S_ISREG(status.st_mode)) opened.passed_over = "it is no file";
    else if (status.st_uid != 0 && status.st_uid != ::geteuid()) opened.passed_over = "it is somebody else's";
    else if ((status.st_mode & 022) != 0) opened.passed_over = "others may write it";
    return opened;
}

std::optional<std::string> content(int fd)
{
    std::string text;
    for (;;) {
        const std::size_t had = text.size();
        if (had > config::Document::most_octets) return std::nullopt;
        text.resize(had + 64 * 1024);
        const ssize_t got = ::read(fd, text.data() + had, text.size() - had);
        text.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got == 0) return text;
        if (got < 0 && errno != EINTR) return std::nullopt;
    }
}

}  // namespace

void StateOption::add_to(CLI::App& app)
{
    app.add_option("--config", file_,
                   "The configuration of the server that is meant. Default: ./cais.toml,\n"
                   "/etc/cais/cais.toml, or the state of a server without one.")
        ->type_name("FILE")
        ->option_text("FILE");
}

CLI::App& StateOption::add_command(CLI::App& app, const char* name, const char* what, CLI::App*& chosen)
{
    CLI::App& added = *app.add_subcommand(name, what);
    added.set_help_flag("-h,--help", "Prints this.");
    added.callback([&chosen, &added] { chosen = &added; });
    add_to(added);
    return added;
}

Chosen StateOption::choose() const { return choose(file_, "cais.toml", "/etc/cais/cais.toml"); }

Chosen StateOption::choose(const std::string& given, const std::string& here, const std::string& system)
{
    if (!given.empty()) {
        const auto document = config::Document::read(given);
        return state_of(given, *document);
    }
    std::string passed_over;
    if (auto opened = open_ours(here)) {
        // What was looked at is what is read: a file that takes its place meanwhile is another's.
        if (opened->passed_over.empty()) {
            auto text = content(opened->file.get());
            if (!text) return std::unexpected(printable(here) + " cannot be read, or is larger than a configuration");
            const auto document =
                config::Document::of(here, std::move(*text), {}, std::filesystem::path(here).parent_path().string());
            return state_of(here, *document);
        }
        passed_over = printable(here) + " is not used: " + opened->passed_over;
    }
    Chosen state;
    std::error_code ignored;
    if (std::filesystem::exists(system, ignored)) {
        const auto document = config::Document::read(system);
        state = state_of(system, *document);
    } else {
        const auto folder = server::state_of_user();
        if (!folder) return std::unexpected("there is no home to keep a state in; --config FILE says where it is");
        state->folder = *folder;
    }
    if (state) state->passed_over = std::move(passed_over);
    return state;
}

std::string told(const State& state)
{
    std::string text;
    if (!state.passed_over.empty()) text += "cais: " + state.passed_over + "\n";
    text += "state: " + printable(state.folder);
    if (!state.file.empty()) text += " (" + printable(state.file) + ")";
    return text += "\n";
}

}  // namespace cais::cli
