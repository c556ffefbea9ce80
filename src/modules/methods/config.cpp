#include "modules/methods/methods.h"

#include <string>

namespace cais::methods {

using http::Method;

Config Config::read(config::Table& route, std::string_view key)
{
    Config config;
    const auto names = route.texts(key);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string& name = names[i];
        if (name.empty()) continue;  // no text, which has been said
        const Method method = http::method_of(name);
        if (method == Method::other) {
            std::string upper;
            for (const char c : name) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            const bool is_case = http::method_of(upper) != Method::other;
            route.error(key, i, "no such method is registered", is_case ? "did you mean `" + upper + "`?" : "");
        } else if (method == Method::trace || method == Method::connect || method == Method::pri) {
            route.error(key, i, "a route has no `" + name + "`");
        } else if (config.allowed.has(method)) {
            route.error(key, i, "`" + name + "` is given a second time");
        } else {
            config.allowed.add(method);
        }
    }
    // Who may GET may ask what he would get (RFC 9110 §9.1).
    if (config.allowed.has(Method::get)) config.allowed.add(Method::head);
    return config;
}

}  // namespace cais::methods
