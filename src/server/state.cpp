#include "server/state.h"

#include <cstdlib>
#include <pwd.h>

#include <unistd.h>

namespace cais::server {
namespace {

std::string_view variable(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

std::optional<std::string> state_of(const Whose& whose)
{
    if (whose.is_root) return "/var/lib/cais";
    // The specification: a path that is not absolute is to be ignored.
    if (whose.xdg_state_home.starts_with('/')) return std::string(whose.xdg_state_home) + "/cais";
    if (whose.home.starts_with('/')) return std::string(whose.home) + "/.local/state/cais";
    return std::nullopt;
}

std::optional<std::string> state_of_user()
{
    std::string_view home = variable("HOME");
    if (home.empty())
        if (const passwd* account = ::getpwuid(::geteuid()); account != nullptr) home = account->pw_dir;
    return state_of({::geteuid() == 0, variable("XDG_STATE_HOME"), home});
}

}  // namespace cais::server
