#include "modules/cors/cors.h"
#include "uri/authority.h"

namespace cais::cors {
namespace {

using http::Method;

// What is wrong with an origin, as a page's browser would write it; empty where nothing is.
std::string_view fault_of(std::string_view origin)
{
    // Every page in a sandboxed frame has that one, whoever made it.
    if (origin == "null") return "`null` is the origin of anybody's sandboxed page";
    const std::size_t colon = origin.find("://");
    if (colon == std::string_view::npos || colon == 0)
        return "an origin is a scheme and a host, as `https://app.example`";
    const auto authority = uri::parse_authority(origin.substr(colon + 3));
    if (!authority) return "an origin is a scheme, a host and perhaps a port: no path, not even a slash";
    for (const char c : origin)
        if (base::to_lower(c) != c) return "browsers write origins in lower case";
    if ((origin.starts_with("https:") && authority->port == 443) ||
        (origin.starts_with("http:") && authority->port == 80))
        return "browsers leave the usual port out";
    return {};
}

// A list of tokens as one field value. `*` alone is one too.
std::string list(config::Table& table, std::string_view key, std::string_view what)
{
    std::string joined;
    const auto names = table.texts(key);
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!http::is_token(names[i])) table.error(key, i, "this is no name of a " + std::string(what));
        if (!joined.empty()) joined += ", ";
        joined += names[i];
    }
    return joined;
}

}  // namespace

Config Config::read(config::Table& table)
{
    table.described_in("docs/modules/cors.md");
    Config config;
    config.origins = table.texts("origins");
    const bool is_any = config.origins.size() == 1 && config.origins.front() == "*";
    if (is_any) config.origins.clear();
    for (std::size_t i = 0; i < config.origins.size(); ++i)
        if (const auto fault = fault_of(config.origins[i]); !fault.empty())
            table.error("origins", i, std::string(fault));
    config.credentials = table.flag("credentials", false);
    if (config.credentials && config.origins.empty())
        table.error("credentials",
                    "with credentials the `origins` must be named: any site could read what its visitors may");

    const auto methods = table.texts("methods");
    for (std::size_t i = 0; i < methods.size(); ++i)
        if (methods[i] != "*" && http::method_of(methods[i]) == Method::other)
            table.error("methods", i, "no such method is registered", "methods are written in capitals");
    config.methods = list(table, "methods", "method");
    config.fields = list(table, "headers", "field");
    if (config.fields == "*" && !config.credentials) config.fields.clear();  // also Authorization, which `*` leaves out
    if (table.has("expose")) config.expose = list(table, "expose", "field");
    else if (config.credentials) config.expose.clear();
    for (const std::string_view key : {"methods", "headers", "expose"}) {
        const std::string& value = key == "methods" ? config.methods : key == "headers" ? config.fields : config.expose;
        if (config.credentials && value == "*")
            table.error(key, "with credentials `*` is a name like any other (Fetch standard)", "name them");
    }
    config.max_age = table.duration("max_age", config.max_age);
    return config;
}

}  // namespace cais::cors
