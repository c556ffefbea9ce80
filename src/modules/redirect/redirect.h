// Sends the client elsewhere: RFC 9110 §15.4.
#pragma once
#include "config/table.h"
#include "http/status.h"

#include <string>

namespace cais::redirect {

struct Config {      // `redirect = { to = "/new/{rest}", status = 308 }`, or `redirect = "/new/{rest}"`
    std::string to;  // a path or a whole URL, with {rest} {path} {query} {host} {scheme}
    http::Status status = http::Status::permanent_redirect;  // 301, 302, 303, 307 or 308
    static Config read(config::Table& table);
};

}  // namespace cais::redirect
