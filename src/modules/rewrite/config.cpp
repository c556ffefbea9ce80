#include "modules/rewrite/rewrite.h"

namespace cais::rewrite {

Config Config::read(config::Table& route, std::string_view key)
{
    Config config;
    const auto text = route.text(key);
    if (!text) return config;
    auto parsed = http::TargetTemplate::parse(*text, http::TargetTemplate::Of::path);
    if (parsed) config.to = std::move(*parsed);
    else route.error(key, "`rewrite`: " + parsed.error());
    return config;
}

}  // namespace cais::rewrite
