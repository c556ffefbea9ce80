// Gives the module another path than the client asked for: `rewrite = "/index.php/{rest}"`.
#pragma once
#include "config/table.h"

#include <string>
#include <string_view>

namespace cais::rewrite {

struct Config {
    std::string to;  // begins with a slash; with {rest} and {path}
    // The text at `key` of `table`, which is the route's own.
    static Config read(config::Table& table, std::string_view key);
};

}  // namespace cais::rewrite
