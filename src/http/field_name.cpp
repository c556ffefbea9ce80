#include "http/field_name.h"

#include "base/text.h"

#include <array>

namespace cais::http {
namespace {

constexpr auto count = static_cast<std::size_t>(Name::count_);

constexpr std::array<std::string_view, count> names = {
    "",
    "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Accept-Patch", "Accept-Ranges",
    "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
    "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Access-Control-Max-Age",
    "Access-Control-Request-Headers", "Access-Control-Request-Method",
    "Age", "Allow", "Alt-Svc", "Authentication-Info", "Authorization", "Cache-Control", "Cache-Status", "Connection",
    "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length", "Content-Location", "Content-Range",
    "Content-Security-Policy", "Content-Type", "Cookie", "Date", "DAV", "Depth", "Destination", "Early-Data", "ETag",
    "Expect", "Expires",
    "Forwarded", "From", "Host", "HTTP2-Settings", "If", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
    "If-Unmodified-Since", "Keep-Alive", "Last-Modified", "Link", "Location", "Lock-Token", "Max-Forwards", "Origin",
    "Overwrite", "Ping-From",
    "Pragma", "Prefer", "Priority", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Range", "Referer",
    "Referrer-Policy",
    "Retry-After", "Sec-Fetch-Mode", "Sec-Fetch-Site", "Sec-WebSocket-Accept", "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Protocol", "Sec-WebSocket-Version", "Server", "Set-Cookie", "Strict-Transport-Security", "TE",
    "Timeout", "traceparent",
    "Trailer", "Transfer-Encoding", "Upgrade", "User-Agent", "Vary", "Via", "Want-Content-Digest", "Content-Digest",
    "WWW-Authenticate",
    "X-Content-Type-Options", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Frame-Options",
};
static_assert(names[count - 1] == "X-Frame-Options", "the table and the enumeration have come apart");

// Length, first, middle and last letter tell nearly all of them apart.
constexpr std::size_t slots = 512;
constexpr std::size_t slot_of(std::string_view text)
{
    const auto letter = [&](std::size_t i) { return static_cast<std::size_t>(base::to_lower(text[i])); };
    return (text.size() * 37 + letter(0) * 131 + letter(text.size() / 2) * 17 + letter(text.size() - 1) * 257) % slots;
}

constexpr auto table = [] {
    std::array<Name, slots> result{};
    for (std::size_t i = 1; i < count; ++i) {
        std::size_t slot = slot_of(names[i]);
        while (result[slot] != Name::other) slot = (slot + 1) % slots;
        result[slot] = static_cast<Name>(i);
    }
    return result;
}();

}  // namespace

Name name_of(std::string_view text) noexcept
{
    if (text.empty()) return Name::other;
    for (std::size_t slot = slot_of(text); table[slot] != Name::other; slot = (slot + 1) % slots)
        if (base::equals_ignoring_case(text_of(table[slot]), text)) return table[slot];
    return Name::other;
}

std::string_view text_of(Name name) noexcept { return names[static_cast<std::size_t>(name)]; }

}  // namespace cais::http
