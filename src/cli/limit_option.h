// --limit NAME=VALUE: each limit by its name, read with its unit.
#pragma once
#include "server/server.h"

#include <optional>
#include <string>
#include <string_view>

namespace cais::cli {

// Changes the one that `text` names. Gives what is wrong with it, for a person; empty where nothing is.
[[nodiscard]] std::optional<std::string> set_limit(server::Settings& settings, std::string_view text);

// A line for each limit: its name, what it bounds, its default.
[[nodiscard]] std::string limits_help();

}  // namespace cais::cli
