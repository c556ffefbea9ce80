// The limits by their names, for `--limit NAME=VALUE` and for `[limits]` of a configuration: one table for both.
#pragma once
#include "config/table.h"
#include "http/limits.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cais::server {

struct Limits {
    http::Limits http = {};
    std::uint64_t connections = 0;  // at once; 0: as many as descriptors allow, less a reserve
    base::Duration stop_time = std::chrono::seconds(30);
};

// Changes the one that `text`, a NAME=VALUE, names. Gives what is wrong with it, for a person; empty where nothing is.
[[nodiscard]] std::optional<std::string> set_limit(Limits& limits, std::string_view text);

// Each key of the table is a limit, its value a size, a duration or a count.
void read_limits(Limits& limits, config::Table& table);

// A line for each: its name, what it bounds, its default.
[[nodiscard]] std::string limits_help();

}  // namespace cais::server
