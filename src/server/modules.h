// What this program can do with a request: the one visible list of its modules.
#pragma once
#include "http/handler.h"
#include "http/limits.h"
#include "modules/files/files.h"

#include <memory>
#include <string>
#include <vector>

namespace cais::server {

struct ModuleSettings {
    files::Config files;
    bool cors = false;
    std::string echo;  // a path; empty: none
};

// A loop's own handlers, innermost last in `all`; `first` is asked for everything that the server does not answer
// itself, `echo` for what lies below its path.
struct Modules {
    std::vector<std::unique_ptr<http::Handler>> all;
    http::Handler* first = nullptr;
    http::Handler* echo = nullptr;
};

// Errors    those of make_files.
[[nodiscard]] Result<Modules> make_modules(const ModuleSettings& settings, const http::Limits& limits);

}  // namespace cais::server
