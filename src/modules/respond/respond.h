// Answers every request with the same response.
#pragma once
#include "config/table.h"
#include "http/status.h"

#include <string>

namespace cais::respond {

struct Config {  // `respond = { status = 503, content = "Soon.", type = "text/plain" }`, or `respond = 404`
    http::Status status = http::Status::ok;
    std::string content = {};
    std::string type = {};  // Content-Type; "text/plain; charset=utf-8" where there is content and nothing is said
    static Config read(config::Table& table);
};

}  // namespace cais::respond
