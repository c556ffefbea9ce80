#include "modules/methods/methods.h"

#include <fmt/format.h>

namespace cais::methods {

Config Config::read(config::Table& table, std::string_view key)
{
    Config config;
    const auto names = table.texts(key);
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i].empty()) continue;  // no text, which has been said
        const auto method = http::method_of(names[i]);
        if (method == http::Method::other) {
            std::string upper = names[i];
            for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c;
            const bool is_lower = http::method_of(upper) != http::Method::other;
            table.error(key, i, "no such method is registered",
                        is_lower ? fmt::format("did you mean `{}`?", upper) : "");
        } else if (config.allowed.has(method)) {
            table.error(key, i, fmt::format("`{}` is given a second time", names[i]));
        }
        config.allowed.add(method);
    }
    return config;
}

}  // namespace cais::methods
