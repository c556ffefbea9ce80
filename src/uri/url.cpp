#include "uri/url.h"

#include "uri/url_parser.h"

namespace cais::uri {
namespace {

struct SpecialScheme {
    std::string_view name;
    std::optional<std::uint16_t> port;
};
constexpr SpecialScheme special_schemes[] = {
    {"http", 80}, {"https", 443}, {"file", std::nullopt}, {"ws", 80}, {"wss", 443}, {"ftp", 21},
};

const SpecialScheme* special(std::string_view scheme) noexcept
{
    for (const auto& known : special_schemes)
        if (known.name == scheme) return &known;
    return nullptr;
}

}  // namespace

bool is_special_scheme(std::string_view scheme) noexcept { return special(scheme) != nullptr; }

std::optional<std::uint16_t> default_port(std::string_view scheme) noexcept
{
    const SpecialScheme* const known = special(scheme);
    return known == nullptr ? std::nullopt : known->port;
}

Result<Url> Url::parse(std::string_view text, const Url* base)
{
    if (text.size() > most_octets) return fail(Error::too_large, "a URL of too many octets");
    Url url;
    UrlParser parser(url, base);
    if (auto error = parser.parse(text)) return std::unexpected(*error);
    return url;
}

bool Url::is_special() const noexcept { return is_special_scheme(scheme); }

std::optional<std::uint16_t> Url::port_or_default() const noexcept { return port ? port : default_port(scheme); }

std::string Url::path_and_query() const
{
    std::string result = path.empty() ? "/" : path;
    if (query) (result += '?') += *query;
    return result;
}

std::string Url::text_without_fragment() const
{
    std::string result = scheme + ":";
    if (host) {
        result += "//";
        if (has_credentials()) {
            result += username;
            if (!password.empty()) (result += ':') += password;
            result += '@';
        }
        result += host->text();
        if (port) (result += ':') += std::to_string(*port);
    } else if (!has_opaque_path && path.starts_with("//")) {
        result += "/.";  // lest the path be read as a host
    }
    result += path;
    if (query) (result += '?') += *query;
    return result;
}

std::string Url::text() const
{
    std::string result = text_without_fragment();
    if (fragment) (result += '#') += *fragment;
    return result;
}

std::string Url::origin() const
{
    if (scheme == "blob") {
        const auto inner = Url::parse(path);
        const bool is_tuple = inner && (inner->scheme == "http" || inner->scheme == "https");
        return is_tuple ? inner->origin() : "null";
    }
    if (!is_special() || scheme == "file") return "null";
    std::string result = scheme + "://" + (host ? host->text() : "");
    if (port) (result += ':') += std::to_string(*port);
    return result;
}

}  // namespace cais::uri
