// What this program can do with a request: the one visible list of its modules.
#pragma once
#include "http/handler.h"
#include "http/limits.h"
#include "server/route.h"

#include <memory>
#include <string>
#include <vector>

namespace cais::server {

// A loop's own handler for what a route says. `limits` outlive it.
// Errors    those of make_files.
[[nodiscard]] Result<std::unique_ptr<http::Handler>> make_module(const ModuleConfig& module,
                                                                 const http::Limits& limits);

// The methods that the module may answer with something other than 405.
[[nodiscard]] http::MethodSet methods_of(const ModuleConfig& module);

}  // namespace cais::server
