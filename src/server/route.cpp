#include "server/route.h"

#include "config/document.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace cais::server {
namespace {

using config::Table;

// The modules by their keys: what a route can be.
struct ModuleKey {
    std::string_view key;
    Table::Shorter shorter;  // how else its table may be written
    ModuleConfig (*read)(Table& table);
};

template <class Config>
ModuleConfig read_as(Table& table)
{
    return Config::read(table);
}

constexpr std::array modules = {
    ModuleKey{"files", {.key = "root"}, read_as<files::Config>},
    ModuleKey{"redirect", {.key = "to"}, read_as<redirect::Config>},
    ModuleKey{"respond", {.key = "status"}, read_as<respond::Config>},
    ModuleKey{"echo", {.true_is_empty = true}, read_as<echo::Config>},
};

std::string names()
{
    std::string all;
    for (std::size_t i = 0; i < modules.size(); ++i)
        all += fmt::format("{}`{}`", i == 0 ? "" : i + 1 == modules.size() ? " or " : ", ", modules[i].key);
    return all;
}

std::optional<PathPattern> read_path(Table& table)
{
    const auto text = table.text("path");
    if (!text) {
        if (!table.has("path")) table.error_here("a route wants a `path`");
        return std::nullopt;
    }
    auto path = PathPattern::parse(*text);
    if (!path) {
        table.error("path", path.error().what);
        return std::nullopt;
    }
    if (const auto why = path->never_matches(); !why.empty())
        table.warning("path", fmt::format("this route can never match: {}", why));
    return std::move(*path);
}

// The one module; of two the first in our order is taken, so that its own mistakes are told too.
std::optional<ModuleConfig> read_module(Table& table)
{
    std::optional<ModuleConfig> module;
    std::string_view first;
    for (const auto& candidate : modules) {
        if (!table.has(candidate.key)) continue;
        if (!first.empty()) {
            table.error_at_key(candidate.key,
                               fmt::format("a route has one module, and this one has `{}` already", first));
            continue;
        }
        first = candidate.key;
        if (auto inner = table.table(candidate.key, candidate.shorter)) module = candidate.read(*inner);
        else if (table.kind(candidate.key) == Table::Kind::flag && candidate.shorter.true_is_empty)
            table.error(candidate.key, fmt::format("`{} = false` is no module", candidate.key), "leave the route out");
    }
    if (first.empty()) table.error_here("a route wants a module", fmt::format("one of {}", names()));
    return module;
}

// `strip = true` takes off what the route's path names, `strip = "/api"` so much.
void read_strip(Table& table, Route& route)
{
    constexpr std::string_view key = "strip";
    const std::string_view literal = std::string_view(route.path.literal).substr(0, route.path.weight());
    if (table.kind(key) == Table::Kind::flag) {
        if (table.flag(key, false) && !literal.empty()) route.strip = literal;
        return;
    }
    auto text = table.text(key);
    if (!text) return;
    if (text->ends_with('/')) text->pop_back();
    const bool is_before = text->starts_with('/') && literal.starts_with(*text) &&
                           (literal.size() == text->size() || literal[text->size()] == '/');
    if (!is_before) table.error(key, "`strip` is true, or a folder that the route's `path` begins with");
    else route.strip = std::move(*text);
}

}  // namespace

std::string_view key_of(const ModuleConfig& module)
{
    static_assert(std::variant_size_v<ModuleConfig> == modules.size());
    return modules[module.index()].key;
}

std::optional<Route> read_route(Table& table)
{
    auto path = read_path(table);
    auto module = read_module(table);
    const bool is_whole = path && module;
    // What is wrong in the rest is told all the same.
    Route route{.path = path ? std::move(*path) : PathPattern{},
                .module = module ? std::move(*module) : ModuleConfig{}};
    route.where = table.has("path") ? table.where("path") : table.where();
    if (is_whole) route.where_module = table.where(key_of(route.module));
    if (auto cors = table.table("cors", {.true_is_empty = true})) route.cors = cors::Config::read(*cors);
    if (auto auth = table.table("auth")) route.auth = auth::Config::read(*auth);
    if (auto fields = table.table("headers")) route.headers = headers::Config::read(*fields);
    if (table.has("methods")) route.methods = methods::Config::read(table, "methods");
    if (table.has("strip")) read_strip(table, route);
    if (table.has("rewrite")) route.rewrite = rewrite::Config::read(table, "rewrite");
    if (!is_whole) return std::nullopt;
    return route;
}

}  // namespace cais::server
