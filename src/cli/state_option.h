// Whose state a command means: `cais user`, `cais cert`, `cais reload`, `cais explain` work on what one server keeps.
//
// | asked in this order        | taken                                                                               |
// | -------------------------- | ----------------------------------------------------------------------------------- |
// | `--config FILE`            | always                                                                              |
// | `./cais.toml`              | where it belongs to root or the caller and nobody else may write it: it could point |
// |                            | a command that root types in somebody's folder at a state of that somebody's making |
// | `/etc/cais/cais.toml`      | where it is there                                                                   |
// | none of them               | the default state (server/state.h)                                                  |
#pragma once
#include <expected>
#include <string>

namespace CLI {
class App;
}

namespace cais::cli {

struct State {
    std::string folder;          // absolute
    std::string file;            // the configuration that names it; empty: none does
    std::string realm = "cais";  // `[auth] realm`
    std::string user;            // whom the server becomes where root starts it; empty: nobody else
    std::string passed_over;     // why ./cais.toml was not taken, for a person; empty where it was, or is not there
};

class StateOption {
public:
    // Adds --config.
    void add_to(CLI::App& app);

    // Adds a command to `app`, with --help and --config; which one is given is in `chosen` then.
    CLI::App& add_command(CLI::App& app, const char* name, const char* what, CLI::App*& chosen);

    // The state, of which `state`, `user` and `[auth] realm` are read and nothing else of the file: a mistake elsewhere
    // in it keeps nobody from removing a user.
    // Errors    what is wrong, for a person; several lines where the file has mistakes.
    [[nodiscard]] std::expected<State, std::string> choose() const;

    // The same, of what it depends on: for tests.
    [[nodiscard]] static std::expected<State, std::string> choose(const std::string& given, const std::string& here,
                                                                  const std::string& system);

    // The file that was given; empty where none was.
    [[nodiscard]] const std::string& file() const noexcept { return file_; }

private:
    std::string file_;
};

// "state: /var/lib/cais (/etc/cais/cais.toml)\n": what a command says first, on standard error.
[[nodiscard]] std::string told(const State& state);

}  // namespace cais::cli
