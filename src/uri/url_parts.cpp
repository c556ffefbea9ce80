#include "uri/url_parts.h"

#include "base/text.h"
#include "uri/percent.h"
#include "uri/percent_sets.h"
#include "uri/url_parser.h"

namespace cais::uri {
namespace {

bool takes_credentials(const Url& url) { return url.host && !url.host->name.empty() && url.scheme != "file"; }

std::string encoded(std::string_view value, const base::OctetSet& plain)
{
    std::string octets, text;
    base::append_utf8(octets, value);
    append_percent_encoded(text, octets, plain);
    return text;
}

void parse_into(Url& url, std::string_view value, UrlState from)
{
    (void)UrlParser(url, nullptr).parse_part(value, from);  // §6.1: what fails is not told
}

void set_query(Url& url, std::string_view value)
{
    url.query.reset();
    if (value.empty()) return;
    if (value.starts_with('?')) value.remove_prefix(1);
    url.query.emplace();
    parse_into(url, value, UrlState::query);
}

void set_fragment(Url& url, std::string_view value)
{
    url.fragment.reset();
    if (value.empty()) return;
    if (value.starts_with('#')) value.remove_prefix(1);
    url.fragment.emplace();
    parse_into(url, value, UrlState::fragment);
}

}  // namespace

void set_part(Url& url, UrlPart part, std::string_view value)
{
    if (value.size() > Url::most_octets) return;
    switch (part) {
    case UrlPart::protocol: parse_into(url, std::string(value) + ":", UrlState::scheme_start); return;
    case UrlPart::username:
        if (takes_credentials(url)) url.username = encoded(value, plain_in_userinfo);
        return;
    case UrlPart::password:
        if (takes_credentials(url)) url.password = encoded(value, plain_in_userinfo);
        return;
    case UrlPart::host:
    case UrlPart::hostname:
        if (!url.has_opaque_path) parse_into(url, value, part == UrlPart::host ? UrlState::host : UrlState::hostname);
        return;
    case UrlPart::port:
        if (!takes_credentials(url)) return;
        if (value.empty()) url.port.reset();
        else parse_into(url, value, UrlState::port);
        return;
    case UrlPart::pathname:
        if (url.has_opaque_path) return;
        url.path.clear();
        parse_into(url, value, UrlState::path_start);
        return;
    case UrlPart::search: set_query(url, value); return;
    case UrlPart::hash: set_fragment(url, value); return;
    }
}

}  // namespace cais::uri
