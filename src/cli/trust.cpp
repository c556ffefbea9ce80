#include "cli/trust.h"

#include "base/text.h"
#include "cli/system_store.h"
#include "server/state.h"
#include "tls/authority.h"
#include "tls/local_name.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include <sys/stat.h>
#include <unistd.h>

namespace cais::cli {
namespace {

namespace fs = std::filesystem;

// SGR, ECMA-48 §8.3.117.
constexpr std::string_view bold = "\x1b[1m", faint = "\x1b[2m", red = "\x1b[31m", normal = "\x1b[0m";

std::string styled(std::string_view text, std::string_view style, trace::Colour colour)
{
    if (colour == trace::Colour::off) return std::string(text);
    return std::string(style) + std::string(text) + std::string(normal);
}

std::string printable(std::string_view text)
{
    std::string safe;
    base::append_printable(safe, text);
    return safe;
}

std::string variable(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

// Whose browsers are meant. Under sudo that is not to be known, and what root writes into a home locks its owner out.
Fault find_home(Home& home)
{
    if (const auto user = variable("SUDO_USER"); !user.empty())
        return "run it without sudo, as the user whose browsers are meant; what needs root is printed as a command";
    home = {variable("HOME"), variable("XDG_DATA_HOME"), variable("XDG_CONFIG_HOME")};
    if (!home.data.starts_with('/')) home.data.clear();  // XDG Base Directory Specification: others are to be ignored
    if (!home.config.starts_with('/')) home.config.clear();
    struct stat status{};
    if (!home.folder.starts_with('/') || ::stat(home.folder.c_str(), &status) != 0)
        return "HOME names no folder; it says whose browsers are meant";
    if (status.st_uid != ::geteuid())
        return "HOME is " + printable(home.folder) + ", another user's; run it as that user";
    return std::nullopt;
}

constexpr std::string_view title(BrowserStore::Browser browser)
{
    return browser == BrowserStore::Browser::chromium ? "Chromium, Chrome and their kin" : "Firefox";
}

}  // namespace

void TrustCommand::add_options(CLI::App& app)
{
    app.add_option(
           "FILE", file_,
           "The root.crt of another machine's or user's authority.\nDefault: our own, made where there is none.")
        ->type_name("");
    app.add_flag("--remove", remove_, "Takes it out again.");
    app.add_flag("--dry-run", dry_run_, "Says what would be changed, and changes nothing.");
    state_option_.add_to(app);
    app.add_option("--state", state_, "The state folder that is meant, whatever a configuration says.")
        ->type_name("DIR")
        ->option_text("DIR");
    app.footer("The browsers' stores are changed by certutil (Debian: libnss3-tools). The system's is\n"
               "root's: for it one command is printed, for you to run.");
}

int TrustCommand::run()
{
    colour_ = trace::colour_of(STDOUT_FILENO);
    const auto fails = [](const std::string& why) {
        std::cerr << "cais: trust: " << why << "\n";
        return 1;
    };
    const auto ways = {!file_.empty(), !state_.empty(), !state_option_.file().empty()};
    if (std::ranges::count(ways, true) > 1) {
        std::cerr << "cais: FILE, --state and --config each say which authority is meant.\nTry `cais trust --help`.\n";
        return 2;
    }
    Home home;
    if (const auto fault = find_home(home)) return fails(*fault);
    if (const auto fault = find_root()) return fails(*fault);
    if (!root_ && remove_) {
        std::cout << "There is no local authority in " << printable(state_) << ": nothing to remove.\n";
        return 0;
    }
    tell_root();
    const bool all = change_browsers(home);
    tell_system();
    if (has_changed_) std::cout << "\nBrowsers that are running see it when they are started anew.\n";
    std::cout << std::flush;
    return all ? 0 : fails("some stores could not be changed, see above");
}

Fault TrustCommand::find_root()
{
    std::error_code error;
    bool is_for_another = false;
    if (file_.empty()) {
        if (state_.empty()) {
            const auto state = state_option_.choose();
            if (!state) return state.error();
            std::cerr << told(*state);
            state_ = state->folder;
            is_for_another = ::geteuid() == 0 && !state->user.empty() && state->user != "root";
        }
        state_ = fs::absolute(state_, error).lexically_normal().string();
        const auto folder = tls::Authority::folder_in(state_);
        root_file_ = folder + "/root.crt";
        is_new_ = !fs::exists(fs::symlink_status(folder + "/root.pem", error));
        if (error == std::errc::permission_denied)
            return printable(folder) + " is another user's; have its root.crt copied and name that file,\n"
                                       "or your own state: --state DIR";
        if (is_new_ && is_for_another && !remove_)
            return "there is no local authority in " + printable(state_) +
                   " yet, and root must not make it for another user;\nthe server does when it first needs it";
        if (!remove_ && !dry_run_)
            if (const auto authority = tls::Authority::open(folder); !authority)
                return printable(folder) + ": " + describe(authority.error());
        if (!fs::exists(root_file_, error) && !error) return std::nullopt;
    } else {
        root_file_ = fs::absolute(file_, error).lexically_normal().string();
    }

    std::ifstream stream(root_file_);
    std::string pem(std::size_t{64} * 1024, '\0');
    stream.read(pem.data(), static_cast<std::streamsize>(pem.size()));
    if (stream.bad() || stream.gcount() == 0) return printable(root_file_) + ": it cannot be read";
    pem.resize(static_cast<std::size_t>(stream.gcount()));
    auto root = tls::Root::from_pem(pem);
    if (!root) return printable(root_file_) + ": " + describe(root.error());
    if (!remove_ && root->not_after <= std::chrono::floor<std::chrono::seconds>(base::wall_now()))
        return printable(root_file_) + ": it has expired";
    root_ = std::move(*root);
    return std::nullopt;
}

void TrustCommand::tell_root() const
{
    if (!root_) {
        std::cout << "There is no local authority in " << printable(state_) << " yet; one would be made.\n";
    } else {
        std::cout << styled(printable(root_->name), bold, colour_) << (is_new_ && file_.empty() ? ", made in " : " of ")
                  << printable(file_.empty() ? state_ : root_file_) << "\n"
                  << styled("SHA-256 " + root_->fingerprint.substr(0, 48) + "\n        " +
                                root_->fingerprint.substr(48),
                            faint, colour_)
                  << "\n";
    }
    if (remove_) return;
    std::cout << "It can vouch for " << tls::local_domains_in_words
              << ",\nfor names below them, for loopback and private addresses, and for nothing else.\n";
}

bool TrustCommand::change_browsers(const Home& home)
{
    const auto stores = browser_stores(home);
    if (!NssDatabase::has_tool()) {
        std::cout << "\n"
                  << styled("Browsers", bold, colour_) << "\n  "
                  << styled("certutil is missing, which changes their stores: install Debian's libnss3-tools", red,
                            colour_)
                  << "\n  (`apt install libnss3-tools`), then run this again.\n";
        return false;
    }
    bool all = true;
    std::string_view last;
    for (const auto& store : stores) {
        if (!store.is_read && !remove_) continue;
        if (last != title(store.browser)) {
            last = title(store.browser);
            std::cout << "\n" << styled(last, bold, colour_) << "\n";
        }
        const auto done = change(store);
        has_changed_ |= done.is_done;
        std::cout << "  " << done.what << " " << printable(store.folder) << "\n";
        if (!done.fault) continue;
        all = false;
        std::cout << "    " << styled(*done.fault, red, colour_) << "\n";
    }
    if (last != title(BrowserStore::Browser::firefox))
        std::cout << "\n"
                  << styled(title(BrowserStore::Browser::firefox), bold, colour_)
                  << "\n  no profile with a database; Firefox makes it when it is first started\n";
    return all;
}

TrustCommand::Change TrustCommand::change(const BrowserStore& store) const
{
    Change done = remove_ ? remove_from(store) : add_to(store);
    // Firefox's primary password: certutil would ask for it, and has nobody to ask.
    if (done.fault && done.fault->contains("primary password")) {
        *done.fault += "; by hand: certutil -d " + shell_word("sql:" + store.folder) + " -A -n " +
                       shell_word(root_->name) + " -t C,, -i " + shell_word(root_file_);
    }
    return done;
}

TrustCommand::Change TrustCommand::add_to(const BrowserStore& store) const
{
    const std::string made = store.exists ? "" : "made and ";
    if (!root_) return {"would be " + made + "added to", {}};
    const NssDatabase database(store.folder);
    auto presence = NssDatabase::Presence::absent;
    if (store.exists)
        if (auto fault = database.look(root_->name, root_->certificate, presence))
            return {"cannot be read:", std::move(fault)};
    if (presence == NssDatabase::Presence::trusted) return {"is in", {}};
    if (presence == NssDatabase::Presence::other)
        return {"cannot be added to", "another certificate has this name there"};
    if (dry_run_) return {"would be added to" + std::string(store.exists ? "" : " a new database,"), {}};
    if (!store.exists)
        if (auto fault = database.make()) return {"cannot be made:", std::move(fault)};
    if (auto fault = database.add(root_->name, root_file_, presence)) return {"cannot be added to", std::move(fault)};
    return {"added to" + std::string(store.exists ? "" : " a new database,"), {}, true};
}

TrustCommand::Change TrustCommand::remove_from(const BrowserStore& store) const
{
    if (!store.exists) return {"is not in", {}};
    const NssDatabase database(store.folder);
    auto presence = NssDatabase::Presence::absent;
    if (auto fault = database.look(root_->name, root_->certificate, presence))
        return {"cannot be read:", std::move(fault)};
    if (presence < NssDatabase::Presence::untrusted) return {"is not in", {}};
    if (dry_run_) return {"would be removed from", {}};
    if (auto fault = database.remove(root_->name)) return {"cannot be removed from", std::move(fault)};
    return {"removed from", {}, true};
}

void TrustCommand::tell_system() const
{
    std::cout << "\n" << styled("The system: curl, git and most other programs", bold, colour_) << "\n";
    const SystemStore store;
    const auto present = root_ ? presence(store, root_->name, root_->certificate) : SystemPresence::absent;
    if (present == SystemPresence::unknown_system) {
        std::cout << "  no update-ca-certificates here, as Debian has it; the certificate is " << printable(root_file_)
                  << "\n";
        return;
    }
    if (!root_) {
        std::cout << "  one command for root would be printed\n";
        return;
    }
    if (present == (remove_ ? SystemPresence::absent : SystemPresence::present)) {
        std::cout << (remove_ ? "  is not in " : "  is in ") << store.additions << "\n";
        return;
    }
    const auto command =
        remove_ ? command_to_remove(store, root_->name) : command_to_add(store, root_->name, root_file_);
    std::cout << (remove_ ? "  still in " : "  not yet in ") << store.additions
              << (remove_ ? "; for root to take it out:\n\n    " : "; for root to put it there:\n\n    ")
              << (::geteuid() == 0 ? command : "sudo sh -c " + shell_word(command)) << "\n";
}

}  // namespace cais::cli
