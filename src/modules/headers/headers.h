// Fields of responses, set or taken away: `headers = { "X-Frame-Options" = "DENY", "Server" = false }`.
#pragma once
#include "config/table.h"

#include <optional>
#include <string>
#include <vector>

namespace cais::headers {

struct Config {
    struct Rule {
        std::string name;
        std::optional<std::string> value;  // empty: such a field is taken away
    };
    std::vector<Rule> rules = {};  // in the order of the file, each name once
    static Config read(config::Table& table);
};

}  // namespace cais::headers
