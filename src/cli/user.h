// cais user: who may log in. A server that runs takes each change with the next request.
#pragma once
#include "cli/state_option.h"
#include "modules/auth/user_file.h"
#include "modules/auth/users.h"

#include <expected>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cais::cli {

class UserCommand {
public:
    void add_options(CLI::App& app);
    // After the options were read. Gives the exit status: 1 with a line that says why.
    [[nodiscard]] int run();

private:
    using Done = std::expected<void, std::string>;
    [[nodiscard]] Done obey();
    [[nodiscard]] Done add();
    [[nodiscard]] Done change_password();
    [[nodiscard]] Done remove();
    [[nodiscard]] Done change_groups();
    [[nodiscard]] Done list() const;
    [[nodiscard]] Done make_token();

    [[nodiscard]] std::expected<auth::UserFileChange, std::string> open() const;
    // Gives the line's place; the number of lines where nobody has this name.
    [[nodiscard]] static std::size_t find(const std::vector<std::string>& lines, std::string_view name);
    // The user of a change that is there and can be read.
    [[nodiscard]] std::expected<auth::User, std::string> existing(const auth::UserFileChange& change) const;
    [[nodiscard]] Done commit(auth::UserFileChange& change) const;
    [[nodiscard]] Done set_password(auth::User& user, bool with_digest) const;

    CLI::App* chosen_ = nullptr;  // of the six
    StateOption option_;
    State state_;
    std::string name_;
    std::vector<std::string> groups_;  // that the user gets
    std::vector<std::string> groups_to_leave_;
    bool digest_ = false;
    bool revoke_ = false;
};

}  // namespace cais::cli
