// Which methods a route has: `methods = ["GET", "HEAD"]`. Others are 405.
#pragma once
#include "config/table.h"
#include "http/method.h"

#include <string_view>

namespace cais::methods {

struct Config {
    http::MethodSet allowed = {};
    // The list at `key` of `table`, which is the route's own.
    static Config read(config::Table& table, std::string_view key);
};

}  // namespace cais::methods
