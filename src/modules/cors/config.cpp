#include "modules/cors/cors.h"
#include "uri/authority.h"

namespace cais::cors {
namespace {

// scheme "://" host [ ":" port ], as browsers write it (RFC 6454 §6.1).
bool is_origin(std::string_view text)
{
    const bool is_https = text.starts_with("https://");
    if (!is_https && !text.starts_with("http://")) return false;
    text.remove_prefix(is_https ? 8 : 7);
    for (const char c : text)
        if (c >= 'A' && c <= 'Z') return false;
    return uri::parse_authority(text).has_value();
}

}  // namespace

Config Config::read(config::Table& table)
{
    Config config;
    config.origins = table.texts("origins");
    for (std::size_t i = 0; i < config.origins.size(); ++i)
        if (!config.origins[i].empty() && config.origins[i] != "*" && !is_origin(config.origins[i]))
            table.error("origins", i, "this is no origin", "write it as browsers do: https://example.com");
    if (std::erase(config.origins, "*") > 0) {
        if (!config.origins.empty()) table.error("origins", "`*` is every origin: the others add nothing");
        config.origins.clear();
    }
    return config;
}

}  // namespace cais::cors
