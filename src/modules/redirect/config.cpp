#include "modules/redirect/redirect.h"

#include <array>

namespace cais::redirect {
namespace {

constexpr std::array words = {"{rest}", "{path}", "{query}", "{host}", "{scheme}"};

// What is wrong with it, for a person; empty where nothing is.
std::string fault_of(std::string_view to)
{
    if (!to.starts_with('/') && !to.starts_with("http://") && !to.starts_with("https://") &&
        !to.starts_with("{scheme}://"))
        return "`to` begins with a slash, or is a whole URL with http:// or https://";
    if (to.starts_with("//")) return "`to` begins with `//`, which would name another host";
    for (std::size_t at = to.find_first_of("{}"); at != std::string_view::npos; at = to.find_first_of("{}", at)) {
        std::size_t length = 0;
        for (const std::string_view word : words)
            if (to.substr(at).starts_with(word)) length = word.size();
        if (length == 0) return "the words in `to` are {rest}, {path}, {query}, {host} and {scheme}";
        at += length;
    }
    for (const char c : to)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) return "`to` holds a space or a control character";
    return {};
}

}  // namespace

Config Config::read(config::Table& table)
{
    Config config;
    if (auto to = table.text("to")) {
        if (auto fault = fault_of(*to); !fault.empty()) table.error("to", std::move(fault));
        config.to = std::move(*to);
    } else if (!table.has("to")) {
        table.error_here("`redirect` wants `to`");
    }
    const auto status = table.number("status", 300, 399, http::code_of(config.status));
    switch (static_cast<http::Status>(status)) {
    case http::Status::moved_permanently:
    case http::Status::found:
    case http::Status::see_other:
    case http::Status::temporary_redirect:
    case http::Status::permanent_redirect: config.status = static_cast<http::Status>(status); break;
    default: table.error("status", "`status` of a redirect is 301, 302, 303, 307 or 308");
    }
    return config;
}

}  // namespace cais::redirect
