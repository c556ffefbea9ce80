#include "client/cookie_file.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <optional>

namespace cais::client {
namespace {

constexpr std::string_view http_only = "#HttpOnly_";
// Two thousand years are later than any cookie's end and far from overflow.
constexpr std::uint64_t latest = 1ull << 36;

// Empty where the line is no cookie.
std::optional<Cookie> read_line(std::string_view line, base::Seconds now)
{
    Cookie cookie;
    if (line.starts_with(http_only)) {
        cookie.is_http_only = true;
        line.remove_prefix(http_only.size());
    }
    std::array<std::string_view, 7> fields;  // the last one is the rest, and may be missing where it is empty
    std::size_t count = 0;
    for (std::string_view rest = line; count < fields.size(); ++count) {
        const std::size_t end = count + 1 == fields.size() ? std::string_view::npos : rest.find('\t');
        fields[count] = rest.substr(0, end);
        if (end == std::string_view::npos) {
            ++count;
            break;
        }
        rest.remove_prefix(end + 1);
    }
    if (count < 6) return std::nullopt;
    const auto flag = [](std::string_view text) { return base::equals_ignoring_case(text, "TRUE"); };
    std::string_view domain = fields[0];
    if (domain.starts_with('.')) domain.remove_prefix(1);
    for (const char c : domain) cookie.domain += base::to_lower(c);
    cookie.is_host_only = !flag(fields[1]);
    cookie.path = fields[2].starts_with('/') ? fields[2] : "/";
    cookie.is_secure = flag(fields[3]);
    const auto expires = base::parse_decimal(fields[4]);
    if (!expires || fields[5].empty()) return std::nullopt;
    if (*expires != 0) {
        const base::Seconds date{std::chrono::seconds(std::min(*expires, latest))};
        cookie.expires = std::min(date, now + SetCookie::most_age);
    }
    cookie.name = fields[5];
    cookie.value = fields[6];
    return cookie;
}

}  // namespace

CookieFileRead read_cookie_file(CookieJar& jar, std::string_view text, base::Seconds now)
{
    CookieFileRead read;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty() || (line.starts_with('#') && !line.starts_with(http_only))) continue;
        auto cookie = read_line(line, now);
        if (cookie && jar.add(std::move(*cookie), now)) {
            ++read.taken;
            continue;
        }
        ++read.refused;
        if (read.first_refused == 0) read.first_refused = number;
    }
    return read;
}

std::string write_cookie_file(const CookieJar& jar, base::Seconds now)
{
    std::string text = "# Netscape HTTP Cookie File\n# Written by cais fetch; whoever reads it can be you.\n\n";
    const auto flag = [](bool value) { return value ? "TRUE" : "FALSE"; };
    for (const Cookie* const cookie : jar.cookies()) {
        if (cookie->expires && *cookie->expires <= now) continue;
        if (cookie->name.contains('\t') || cookie->path.contains('\t')) continue;
        if (cookie->is_http_only) text += http_only;
        if (!cookie->is_host_only) text += '.';
        ((text += cookie->domain) += '\t') += flag(!cookie->is_host_only);
        ((text += '\t') += cookie->path) += '\t';
        (text += flag(cookie->is_secure)) += '\t';
        base::append_decimal(
            text, cookie->expires ? static_cast<std::uint64_t>(cookie->expires->time_since_epoch().count()) : 0);
        ((text += '\t') += cookie->name) += '\t';
        (text += cookie->value) += '\n';
    }
    return text;
}

}  // namespace cais::client
