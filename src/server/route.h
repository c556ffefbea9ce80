// Route: one entry of a site: which paths, which one module answers, and what is wrapped around it.
#pragma once
#include "config/diagnostics.h"
#include "modules/auth/auth.h"
#include "modules/cors/cors.h"
#include "modules/echo/echo.h"
#include "modules/files/files.h"
#include "modules/headers/headers.h"
#include "modules/methods/methods.h"
#include "modules/redirect/redirect.h"
#include "modules/respond/respond.h"
#include "modules/rewrite/rewrite.h"
#include "server/path_pattern.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace cais::server {

// What one module was told. The key of each in a route is key_of().
using ModuleConfig = std::variant<files::Config, redirect::Config, respond::Config, echo::Config>;

struct Route {
    PathPattern path;
    ModuleConfig module;

    // The wrappers that it has: what is asked first stands first (chain.h), but for the last two.
    std::optional<cors::Config> cors = {};
    std::optional<auth::Config> auth = {};
    std::optional<headers::Config> headers = {};
    std::optional<methods::Config> methods = {};
    std::optional<std::string> strip = {};  // this much is taken off the path before the module sees it; begins with a
                                            // slash and does not end with one
    std::optional<rewrite::Config> rewrite = {};

    config::Location where = {};         // of its path in the file
    config::Location where_module = {};  // of what its module was told
};

// "files", "redirect", ….
[[nodiscard]] std::string_view key_of(const ModuleConfig& module);

// Reads one table of a site's `route`. Empty where it cannot be used; why has been said.
[[nodiscard]] std::optional<Route> read_route(config::Table& table);

}  // namespace cais::server
