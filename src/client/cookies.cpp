#include "client/cookies.h"

#include "client/public_suffixes.h"
#include "uri/authority.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace cais::client {
namespace {

constexpr const char* section = "RFC 6265bis §5.7";

std::string_view path_of(const uri::HttpUrl& url)
{
    return std::string_view(url.target).substr(0, url.target.find('?'));
}

bool is_over(const Cookie& cookie, base::Seconds now) { return cookie.expires && *cookie.expires <= now; }

bool is_same(const Cookie& a, const Cookie& b)
{
    return a.name == b.name && a.domain == b.domain && a.is_host_only == b.is_host_only && a.path == b.path;
}

// A host as HttpUrl has it. One that begins with "." would be another in a file of cookies.
bool is_host(std::string_view text)
{
    if (text.starts_with('.')) return false;
    if (uri::is_ipv6(text)) return true;
    const auto authority = uri::parse_authority(text);
    return authority && authority->host == text;
}

bool is_ascii(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

bool domain_matches(std::string_view host, std::string_view domain) noexcept
{
    if (host == domain) return true;
    if (domain.empty() || host.size() <= domain.size() || !host.ends_with(domain)) return false;
    return host[host.size() - domain.size() - 1] == '.' && !uri::is_ipv4(host) && !uri::is_ipv6(host);
}

bool path_matches(std::string_view request_path, std::string_view cookie_path) noexcept
{
    if (!request_path.starts_with(cookie_path)) return false;
    return request_path.size() == cookie_path.size() || cookie_path.ends_with('/') ||
           request_path[cookie_path.size()] == '/';
}

std::string_view default_path(std::string_view request_path) noexcept
{
    const std::size_t last = request_path.starts_with('/') ? request_path.rfind('/') : 0;
    return last == 0 ? "/" : request_path.substr(0, last);
}

Result<void> CookieJar::set(const uri::HttpUrl& from, std::string_view set_cookie, base::Seconds now)
{
    auto parsed = SetCookie::parse(set_cookie, now);
    if (!parsed) return std::unexpected(parsed.error());
    if (parsed->domain && !is_ascii(*parsed->domain))
        return fail(Error::malformed, "a cookie for a domain that is not ASCII", section);
    // Its own host may be a public suffix, and then stands for itself alone.
    if (parsed->domain && is_public_suffix(*parsed->domain)) {
        if (*parsed->domain != from.host)
            return fail(Error::denied, "a cookie for all that is below a public suffix", section);
        parsed->domain.reset();
    }
    if (parsed->domain && !domain_matches(from.host, *parsed->domain))
        return fail(Error::denied, "a cookie for another host", section);
    if (parsed->is_secure && !from.is_secure)
        return fail(Error::denied, "a cookie that is Secure, from a server that is not", section);

    Cookie cookie;
    cookie.name = std::move(parsed->name);
    cookie.value = std::move(parsed->value);
    cookie.is_host_only = !parsed->domain;
    cookie.domain = parsed->domain ? std::move(*parsed->domain) : from.host;
    cookie.path = parsed->path ? std::move(*parsed->path) : std::string(default_path(path_of(from)));
    if (!is_host(cookie.domain)) return fail(Error::malformed, "a cookie for what is no host", section);
    if (cookie.path.size() > SetCookie::most_attribute_octets)
        return fail(Error::too_large, "a cookie for a path of more than 1024 octets", section);
    cookie.expires = parsed->expires;
    cookie.is_secure = parsed->is_secure;
    cookie.is_http_only = parsed->is_http_only;
    cookie.same_site = parsed->same_site;
    if (!from.is_secure && shadows_secure(cookie))
        return fail(Error::denied, "a cookie that would stand before a secure one", section);
    put(std::move(cookie), now);
    return {};
}

// §5.7, "leave secure cookies alone": one of that name is there, and would be sent to where this one is.
bool CookieJar::shadows_secure(const Cookie& cookie) const
{
    return std::ranges::any_of(kept_, [&](const Kept& kept) {
        const Cookie& there = kept.cookie;
        return there.is_secure && there.name == cookie.name &&
               (domain_matches(there.domain, cookie.domain) || domain_matches(cookie.domain, there.domain)) &&
               path_matches(cookie.path, there.path);
    });
}

Result<void> CookieJar::add(Cookie cookie, base::Seconds now)
{
    if (!is_host(cookie.domain)) return fail(Error::malformed, "a cookie for what is no host", section);
    if (!cookie.path.starts_with('/')) return fail(Error::malformed, "a cookie without a path", section);
    if (cookie.domain.size() > SetCookie::most_attribute_octets ||
        cookie.path.size() > SetCookie::most_attribute_octets)
        return fail(Error::too_large, "a cookie for a domain or path of more than 1024 octets", section);
    // The same rules as for what a server sets: its name and value, and what the name promises.
    std::string field = cookie.name + "=" + cookie.value + "; Path=" + cookie.path;
    if (!cookie.is_host_only) field += "; Domain=" + cookie.domain;
    if (cookie.is_secure) field += "; Secure";
    if (cookie.is_http_only) field += "; HttpOnly";
    const auto parsed = SetCookie::parse(field, now);
    if (!parsed) return std::unexpected(parsed.error());
    if (parsed->name != cookie.name || parsed->value != cookie.value || parsed->path != cookie.path)
        return fail(Error::malformed, "a cookie that no server could have set", section);
    if (!cookie.is_host_only && is_public_suffix(cookie.domain))
        return fail(Error::denied, "a cookie for all that is below a public suffix", section);
    put(std::move(cookie), now);
    return {};
}

void CookieJar::put(Cookie cookie, base::Seconds now)
{
    const auto same = std::ranges::find_if(kept_, [&](const Kept& kept) { return is_same(kept.cookie, cookie); });
    if (same != kept_.end()) {
        if (is_over(cookie, now)) {
            kept_.erase(same);
        } else {  // it keeps its place in the order
            same->cookie = std::move(cookie);
            same->used = ++count_;
        }
        return;
    }
    if (is_over(cookie, now)) return;
    if (kept_.size() >= most_of_domain) {
        remove_expired(now);
        make_room(cookie.domain);
    }
    ++count_;
    kept_.push_back({std::move(cookie), count_, count_});
}

// §5.7, the last step: of a domain that has too many those that are not secure go first, then those that were not used
// for the longest time; then the same of all.
void CookieJar::make_room(const std::string& domain)
{
    const auto is_of_domain = [&](const Kept& kept) { return kept.cookie.domain == domain; };
    if (static_cast<std::size_t>(std::ranges::count_if(kept_, is_of_domain)) >= most_of_domain) {
        const auto key = [&](const Kept& kept) {
            return std::tuple(!is_of_domain(kept), kept.cookie.is_secure, kept.used);
        };
        kept_.erase(std::ranges::min_element(kept_, {}, key));
    }
    if (kept_.size() >= most_cookies) kept_.erase(std::ranges::min_element(kept_, {}, &Kept::used));
}

std::string CookieJar::field(const uri::HttpUrl& url, base::Seconds now)
{
    remove_expired(now);
    const std::string_view path = path_of(url);
    std::vector<Kept*> sent;
    for (Kept& kept : kept_) {
        const Cookie& cookie = kept.cookie;
        const bool is_for_host =
            cookie.is_host_only ? url.host == cookie.domain : domain_matches(url.host, cookie.domain);
        if (!is_for_host || !path_matches(path, cookie.path) || (cookie.is_secure && !url.is_secure)) continue;
        kept.used = ++count_;
        sent.push_back(&kept);
    }
    std::ranges::sort(sent, [](const Kept* a, const Kept* b) {
        if (a->cookie.path.size() != b->cookie.path.size()) return a->cookie.path.size() > b->cookie.path.size();
        return a->created < b->created;
    });
    std::string field;
    for (const Kept* const kept : sent) {
        if (!field.empty()) field += "; ";
        ((field += kept->cookie.name) += '=') += kept->cookie.value;
    }
    return field;
}

std::vector<const Cookie*> CookieJar::cookies() const
{
    std::vector<const Cookie*> result;
    for (const Kept& kept : kept_) result.push_back(&kept.cookie);  // new ones come at the end
    return result;
}

void CookieJar::remove_expired(base::Seconds now)
{
    std::erase_if(kept_, [&](const Kept& kept) { return is_over(kept.cookie, now); });
}

void CookieJar::remove_session_cookies()
{
    std::erase_if(kept_, [](const Kept& kept) { return !kept.cookie.expires; });
}

}  // namespace cais::client
