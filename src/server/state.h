// Where what outlives the program is kept, unless the configuration says: certificates, the local authority, users.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cais::server {

// /var/lib/cais for root; else cais in XDG_STATE_HOME, or in ~/.local/state where that is not set (XDG Base Directory
// Specification). Empty where no home can be found out. Nothing is made or looked at on the disk.
[[nodiscard]] std::optional<std::string> state_of_user();

// The same, of what it depends on: for tests. Empty views are what is not set.
struct Whose {
    bool is_root;
    std::string_view xdg_state_home;
    std::string_view home;
};
[[nodiscard]] std::optional<std::string> state_of(const Whose& whose);

}  // namespace cais::server
