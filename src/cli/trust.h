// cais trust: the local authority into the stores of this user's browsers, and the command that puts it into the
// system's.
#pragma once
#include "cli/browser_stores.h"
#include "cli/nss_database.h"
#include "cli/state_option.h"
#include "tls/root.h"
#include "trace/terminal.h"

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace cais::cli {

class TrustCommand {
public:
    void add_options(CLI::App& app);
    // After the options were read. Gives the exit status: 0 where all is as it was wanted, but for the system's store,
    // whose command was printed; 1 where something could not be done.
    [[nodiscard]] int run();

private:
    struct Change {
        std::string what;  // "added to", "is in", …: what a line says before the store's folder
        Fault fault;       // it could not be done
        bool is_done = false;
    };

    // Sets root_ and its file; leaves root_ empty where there is none, and none is to be made.
    [[nodiscard]] Fault find_root();
    void tell_root() const;
    [[nodiscard]] bool change_browsers(const Home& home);
    [[nodiscard]] Change change(const BrowserStore& store) const;
    [[nodiscard]] Change add_to(const BrowserStore& store) const;
    [[nodiscard]] Change remove_from(const BrowserStore& store) const;
    void tell_system() const;

    std::string file_;  // a root's certificate that was given, instead of ours
    StateOption state_option_;
    std::string state_;  // the folder
    bool remove_ = false;
    bool dry_run_ = false;

    std::optional<tls::Root> root_;
    std::string root_file_;  // its certificate, as an absolute path
    bool is_new_ = false;    // made by this run, or would be
    bool has_changed_ = false;
    trace::Colour colour_ = trace::Colour::off;
};

}  // namespace cais::cli
