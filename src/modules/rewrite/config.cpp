#include "modules/rewrite/rewrite.h"

namespace cais::rewrite {

Config Config::read(config::Table& table, std::string_view key)
{
    Config config;
    auto to = table.text(key);
    if (!to) return config;
    if (!to->starts_with('/') || to->starts_with("//"))
        table.error(key, "`rewrite` is a path: it begins with one slash");
    for (std::size_t at = to->find_first_of("{}"); at != std::string::npos; at = to->find_first_of("{}", at)) {
        const auto rest = std::string_view(*to).substr(at);
        if (!rest.starts_with("{rest}") && !rest.starts_with("{path}")) {
            table.error(key, "the words in `rewrite` are {rest} and {path}");
            break;
        }
        at += 6;
    }
    config.to = std::move(*to);
    return config;
}

}  // namespace cais::rewrite
