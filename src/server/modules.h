// What this program can do with a request: the one visible list of its modules.
#pragma once
#include "http/handler.h"
#include "http/limits.h"
#include "server/route.h"

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

// A loop's own handler for what a route says. `limits` outlive it.
// Errors    those of make_files.
[[nodiscard]] Result<std::unique_ptr<http::Handler>> make_module(const ModuleConfig& module,
                                                                 const http::Limits& limits);

// The methods that the module may answer with something other than 405.
[[nodiscard]] http::MethodSet methods_of(const ModuleConfig& module);

}  // namespace cais::server
