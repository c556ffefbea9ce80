#include "http/target.h"

#include "base/text.h"
#include "uri/authority.h"
#include "uri/percent.h"

#include <algorithm>
#include <array>

namespace cais::http {
namespace {

using Class = std::uint8_t;
constexpr Class separator = 1, dot = 2, percent = 4, question = 8, refused = 16;

constexpr auto classes = [] {
    std::array<Class, 256> table{};
    for (unsigned c = 0; c < 256; ++c)
        if (c <= 0x20 || c >= 0x7F) table[c] = refused;
    table['#'] = refused;
    table['/'] = table['\\'] = separator;
    table['.'] = dot;
    table['%'] = percent;
    table['?'] = question;
    return table;
}();

Class class_of(char c) noexcept { return classes[static_cast<unsigned char>(c)]; }

// Whether one of the segments is "." or "..", where backslashes separate too.
bool has_dot_segment(std::string_view path) noexcept
{
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (path[i] != '.' || (i > 0 && !(class_of(path[i - 1]) & separator))) continue;
        std::size_t end = i + 1;
        if (end < path.size() && path[end] == '.') ++end;
        if (end == path.size() || (class_of(path[end]) & separator)) return true;
    }
    return false;
}

bool has_escaped_slash(std::string_view raw) noexcept
{
    for (std::size_t at = raw.find('%'); at != std::string_view::npos; at = raw.find('%', at + 1))
        if (raw.size() - at >= 3 && raw[at + 1] == '2' && base::to_lower(raw[at + 2]) == 'f') return true;
    return false;
}

// The path of a target that has escapes.
Result<std::string_view> decode_path(std::string_view raw, base::Arena& arena)
{
    const auto decoded = uri::percent_decode(raw, arena);
    if (!decoded) return decoded;
    if (has_escaped_slash(raw)) return fail(Error::malformed, "an escaped slash in the path", "RFC 3986 §2.2");
    for (const char c : *decoded)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            return fail(Error::malformed, "an escaped control character in the path", "RFC 3986 §2.5");
    if (!base::is_utf8(*decoded)) return fail(Error::malformed, "the path is not UTF-8", "RFC 3986 §2.5");
    return decoded;
}

// "/path?query" into `target`; `rest` begins with "/", or with "?" or nothing where an absolute form has no path.
Result<Target> parse_path(Target target, std::string_view rest, base::Arena& arena)
{
    Class seen = 0;    // of the path
    Class hidden = 0;  // has `dot` where a segment begins with one
    Class empty = 0;   // has `separator` where two follow each other
    Class before = 0;
    std::size_t end = 0;
    for (; end < rest.size(); ++end) {
        const Class now = class_of(rest[end]);
        if (now & question) break;
        seen |= now;
        static_assert(separator << 1 == dot);
        hidden |= static_cast<Class>(before << 1) & now;
        empty |= before & now;
        before = now;
    }
    target.raw_path = end == 0 ? std::string_view("/") : rest.substr(0, end);
    if (end < rest.size()) {
        target.has_query = true;
        target.query = rest.substr(end + 1);
        for (const char c : target.query) seen |= class_of(c) & refused;
    }
    if (seen & refused) return fail(Error::malformed, "an octet that no target has", "RFC 9112 §3.2");

    target.path = target.raw_path;
    if (seen & percent) {
        const auto decoded = decode_path(target.raw_path, arena);
        if (!decoded) return std::unexpected(decoded.error());
        target.path = *decoded;
    }
    // An escape cannot hide a slash: none is taken.
    if (empty & separator) target.has_empty_segment = target.path.contains("//");
    if ((seen & percent) || (hidden & dot))
        if (has_dot_segment(target.path)) return fail(Error::malformed, "a dot segment in the path", "RFC 3986 §5.2.4");
    return target;
}

// "http://authority/path?query".
Result<Target> parse_absolute(Method method, std::string_view raw, base::Arena& arena)
{
    const std::size_t colon = raw.find(':');
    const std::string_view scheme = raw.substr(0, colon);
    constexpr auto scheme_octet = base::OctetSet("+-.").with('0', '9').with('a', 'z').with('A', 'Z');
    if (colon == std::string_view::npos || scheme.empty() || !base::is_alpha(scheme[0]) ||
        !scheme_octet.has_all(scheme))
        return fail(Error::malformed, "a target in none of the four forms", "RFC 9112 §3.2");
    if (!base::equals_ignoring_case(scheme, "http") && !base::equals_ignoring_case(scheme, "https"))
        return fail(Error::malformed, "a scheme other than http and https", "RFC 9112 §3.2.2");
    std::string_view rest = raw.substr(colon + 1);
    if (!rest.starts_with("//")) return fail(Error::malformed, "a target without its authority", "RFC 9110 §4.2.1");
    rest.remove_prefix(2);

    Target target{.form = Target::absolute, .scheme = scheme};
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    target.authority = rest.substr(0, end);
    if (const auto authority = uri::parse_authority(target.authority); !authority)
        return std::unexpected(authority.error());
    rest.remove_prefix(end);
    if (rest.empty() && method == Method::options) {  // RFC 9112 §3.2.4
        target.form = Target::asterisk;
        target.raw_path = target.path = "*";
        return target;
    }
    return parse_path(target, rest, arena);
}

// "host:port".
Result<Target> parse_authority_form(std::string_view raw)
{
    const auto authority = uri::parse_authority(raw);
    if (!authority) return std::unexpected(authority.error());
    // RFC 9110 §9.3.6: there is no port to fall back to.
    if (!authority->port || *authority->port == 0)
        return fail(Error::malformed, "CONNECT without a port", "RFC 9110 §9.3.6");
    return Target{.form = Target::authority_, .authority = raw};
}

}  // namespace

Result<Target> parse_target(Method method, std::string_view raw, base::Arena& arena)
{
    if (method == Method::connect) return parse_authority_form(raw);
    if (raw.starts_with('/')) [[likely]]
        return parse_path(Target{}, raw, arena);
    if (raw == "*") {
        if (method != Method::options) return fail(Error::malformed, "the target * is for OPTIONS", "RFC 9112 §3.2.4");
        return Target{.form = Target::asterisk, .raw_path = raw, .path = raw};
    }
    return parse_absolute(method, raw, arena);
}

bool valid_host(std::string_view value) noexcept { return value.empty() || uri::parse_authority(value).has_value(); }

}  // namespace cais::http
