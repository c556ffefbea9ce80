#include "client/set_cookie.h"

#include "base/text.h"
#include "client/cookie_date.h"

#include <algorithm>

namespace cais::client {
namespace {

constexpr const char* section = "RFC 6265bis §5.6";
constexpr auto refused = base::OctetSet("\x7F").with(0, 0x08).with(0x0A, 0x1F);

// What is before the next ";", which is taken from `rest` with it.
std::string_view take_part(std::string_view& rest)
{
    const std::size_t end = rest.find(';');
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return part;
}

// §5.6.2. Empty where it is no number; in the past where it is none above zero.
std::optional<base::Seconds> after(std::string_view delta, base::Seconds now)
{
    const bool is_negative = delta.starts_with('-');
    if (is_negative) delta.remove_prefix(1);
    if (delta.empty() || !std::ranges::all_of(delta, base::is_digit)) return std::nullopt;
    if (is_negative) return base::Seconds::min();
    constexpr auto most = static_cast<std::uint64_t>(std::chrono::seconds(SetCookie::most_age).count());
    const std::uint64_t seconds = std::min(base::parse_decimal(delta).value_or(most), most);
    return seconds == 0 ? base::Seconds::min() : now + std::chrono::seconds(seconds);
}

std::string lower(std::string_view text)
{
    std::string result(text);
    for (char& c : result) c = base::to_lower(c);
    return result;
}

bool begins(std::string_view text, std::string_view prefix)
{
    return base::equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

// §5.7: names that promise something of their cookies.
bool keeps_promise(const SetCookie& cookie)
{
    constexpr std::string_view secure = "__Secure-", host = "__Host-", http = "__Http-", both = "__Host-Http-";
    if ((begins(cookie.name, secure) || begins(cookie.name, http) || begins(cookie.name, host)) && !cookie.is_secure)
        return false;
    if ((begins(cookie.name, http) || begins(cookie.name, both)) && !cookie.is_http_only) return false;
    if (begins(cookie.name, host) && (cookie.domain || cookie.path != "/")) return false;
    return true;
}

}  // namespace

Result<SetCookie> SetCookie::parse(std::string_view field, base::Seconds now)
{
    if (std::ranges::any_of(field, [](char c) { return refused.has(c); }))
        return fail(Error::malformed, "a control character in Set-Cookie", section);

    SetCookie cookie;
    const std::string_view pair = take_part(field);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) cookie.name = base::trim(pair.substr(0, equals));
    cookie.value = base::trim(equals == std::string_view::npos ? pair : pair.substr(equals + 1));
    // Stricter: a value alone may be kept (step 5), and is then sent without "=": a server that reads it as a name, or as a
    // name and a value of the value's own choice, has been lied to. RFC 6265 §5.2 refused it, and so does curl.
    if (cookie.name.empty()) return fail(Error::malformed, "a cookie without a name", "RFC 6265 §5.2");
    if (cookie.name.size() + cookie.value.size() > most_octets)
        return fail(Error::too_large, "a cookie of more than 4096 octets", section);

    std::optional<base::Seconds> age, date;
    while (!field.empty()) {
        const std::string_view attribute = take_part(field);
        const std::size_t sign = attribute.find('=');
        const std::string_view name = base::trim(attribute.substr(0, sign));
        const std::string_view value =
            sign == std::string_view::npos ? std::string_view() : base::trim(attribute.substr(sign + 1));
        const auto is = [&](std::string_view known) { return base::equals_ignoring_case(name, known); };
        if (value.size() > most_attribute_octets) continue;
        if (is("Expires")) {
            if (const auto read = parse_cookie_date(value)) date = std::min(*read, now + most_age);
        } else if (is("Max-Age")) {
            if (const auto read = after(value, now)) age = read;
        } else if (is("Domain")) {
            cookie.domain = lower(value.starts_with('.') ? value.substr(1) : value);
        } else if (is("Path")) {
            if (value.starts_with('/')) cookie.path = value;
            else cookie.path.reset();
        } else if (is("Secure")) {
            cookie.is_secure = true;
        } else if (is("HttpOnly")) {
            cookie.is_http_only = true;
        } else if (is("SameSite")) {
            cookie.same_site = base::equals_ignoring_case(value, "None")     ? SameSite::none
                               : base::equals_ignoring_case(value, "Lax")    ? SameSite::lax
                               : base::equals_ignoring_case(value, "Strict") ? SameSite::strict
                                                                             : SameSite::unset;
        }
    }
    if (cookie.domain && cookie.domain->empty()) cookie.domain.reset();
    cookie.expires = age ? age : date;
    if (cookie.same_site == SameSite::none && !cookie.is_secure)
        return fail(Error::malformed, "a cookie for all sites that is not Secure", "RFC 6265bis §5.7");
    if (!keeps_promise(cookie))
        return fail(Error::malformed, "a cookie whose name promises what its attributes do not keep",
                    "RFC 6265bis §4.1.3");
    return cookie;
}

}  // namespace cais::client
