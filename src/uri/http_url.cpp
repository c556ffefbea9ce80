#include "uri/http_url.h"

#include "base/text.h"
#include "uri/authority.h"

namespace cais::uri {

Result<HttpUrl> HttpUrl::parse(std::string_view text)
{
    HttpUrl url;
    const std::size_t colon = text.find("://");
    const std::string_view scheme = text.substr(0, colon == std::string_view::npos ? 0 : colon);
    url.is_secure = base::equals_ignoring_case(scheme, "https");
    if (!url.is_secure && !base::equals_ignoring_case(scheme, "http"))
        return fail(Error::malformed, "it is no http or https URL", "RFC 9110 §4.2");
    text.remove_prefix(colon + 3);

    const std::size_t end = text.find_first_of("/?#");
    const std::string_view authority = text.substr(0, end);
    if (authority.contains('@'))
        return fail(Error::malformed, "a URL with user information is not taken", "RFC 9110 §4.2.4");
    const auto parsed = parse_authority(authority);
    if (!parsed) return std::unexpected(parsed.error());
    if (parsed->kind == Authority::future)
        return fail(Error::unsupported, "an address of a future version of IP", "RFC 3986 §3.2.2");
    for (const char c : parsed->host) url.host += base::to_lower(c);
    const std::uint16_t own = url.is_secure ? 443 : 80;
    url.port = parsed->port.value_or(own);
    if (url.port == 0) return fail(Error::malformed, "port 0 cannot be asked", "RFC 9110 §4.2.1");
    url.authority = parsed->kind == Authority::ipv6 ? "[" + url.host + "]" : url.host;
    if (url.port != own) (url.authority += ':').append(std::to_string(url.port));

    std::string_view rest = end == std::string_view::npos ? std::string_view() : text.substr(end);
    rest = rest.substr(0, rest.find('#'));
    for (const char c : rest)
        if (c <= 0x20 || c == 0x7F)
            return fail(Error::malformed, "a URL with an octet that must be percent-encoded", "RFC 3986 §2");
    url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
    return url;
}

Result<HttpUrl> HttpUrl::of(const Url& url)
{
    if (url.scheme != "http" && url.scheme != "https")
        return fail(Error::unsupported, "it is no http or https URL", "RFC 9110 §4.2");
    if (url.has_credentials())
        return fail(Error::malformed, "a URL with user information is not taken", "RFC 9110 §4.2.4");
    HttpUrl result;
    result.is_secure = url.scheme == "https";
    result.host = url.host->name;
    result.port = *url.port_or_default();
    if (result.port == 0) return fail(Error::malformed, "port 0 cannot be asked", "RFC 9110 §4.2.1");
    result.authority = url.host->text();
    if (url.port) (result.authority += ':').append(std::to_string(*url.port));
    if (const auto authority = parse_authority(result.authority); !authority) return std::unexpected(authority.error());
    result.target = url.path_and_query();
    return result;
}

std::string HttpUrl::text() const { return (is_secure ? "https://" : "http://") + authority + target; }

}  // namespace cais::uri
