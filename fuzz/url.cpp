// URLs: what is read is written, and read as the same; it is ASCII; each part of it can be set again. The first line is
// the base, where there is one.
#undef NDEBUG
#include "uri/url.h"

#include "base/text.h"
#include "uri/authority.h"
#include "uri/http_url.h"
#include "uri/url_parts.h"

#include <algorithm>
#include <cassert>
#include <cstdint>

using namespace cais;

namespace {

void check(const uri::Url& url)
{
    const std::string text = url.text();
    assert(std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7E; }));
    const auto again = uri::Url::parse(text);
    assert(again && again->text() == text);
    assert(*again == url);
    assert(!url.path.empty() || !url.is_special());
    assert(url.has_opaque_path || url.path.empty() || url.path.starts_with('/'));
    assert(!url.is_special() || url.host);
    (void)url.origin();
    const auto http = uri::HttpUrl::of(url);
    if (!http) return;
    const auto asked = uri::HttpUrl::parse(http->text());
    assert(asked && *asked == *http);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t end = input.find('\n');
    const std::string_view text = end == std::string_view::npos ? input : input.substr(end + 1);
    auto url = uri::Url::parse(text);
    if (url) check(*url);
    if (end == std::string_view::npos) return 0;
    const auto base = uri::Url::parse(input.substr(0, end));
    if (!base) return 0;
    url = uri::Url::parse(text, &*base);
    if (url) {
        check(*url);
        // What is absolute does not look at the base.
        const auto absolute = uri::Url::parse(url->text(), &*base);
        assert(absolute && *absolute == *url);
    }
    constexpr uri::UrlPart parts[] = {uri::UrlPart::protocol, uri::UrlPart::username, uri::UrlPart::password,
                                      uri::UrlPart::host,     uri::UrlPart::hostname, uri::UrlPart::port,
                                      uri::UrlPart::pathname, uri::UrlPart::search,   uri::UrlPart::hash};
    for (const auto part : parts) {
        uri::Url changed = *base;
        uri::set_part(changed, part, text);
        check(changed);
    }
    return 0;
}
