#include "uri/authority.h"

#include "uri/percent.h"

namespace cais::uri {
namespace {

constexpr auto name_octet = base::OctetSet("-._~!$&'()*+,;=").with('0', '9').with('a', 'z').with('A', 'Z');
constexpr auto future_octet = base::OctetSet("-._~!$&'()*+,;=:").with('0', '9').with('a', 'z').with('A', 'Z');

constexpr const char* section = "RFC 3986 §3.2.2";

// reg-name: name octets and escapes. Empty is for the caller to refuse.
bool is_name(std::string_view text) noexcept
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (name_octet.has(text[i])) continue;
        if (text[i] != '%' || text.size() - i < 3) return false;
        if (base::hex_value(text[i + 1]) < 0 || base::hex_value(text[i + 2]) < 0) return false;
        i += 2;
    }
    return true;
}

// IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
bool is_future(std::string_view text) noexcept
{
    if (text.empty() || base::to_lower(text[0]) != 'v') return false;
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || dot < 2 || dot + 1 == text.size()) return false;
    for (const char c : text.substr(1, dot - 1))
        if (base::hex_value(c) < 0) return false;
    return future_octet.has_all(text.substr(dot + 1));
}

}  // namespace

bool is_ipv4(std::string_view text) noexcept
{
    int octets = 0;
    for (std::size_t i = 0;; ++i) {  // i: the "." before the octet, once past the first
        std::size_t digits = 0;
        unsigned value = 0;
        while (i < text.size() && base::is_digit(text[i]) && digits < 4) {
            value = value * 10 + static_cast<unsigned>(text[i] - '0');
            ++i, ++digits;
        }
        if (digits == 0 || value > 255 || (digits > 1 && text[i - digits] == '0')) return false;
        if (++octets == 4) return i == text.size();
        if (i >= text.size() || text[i] != '.') return false;
    }
}

bool is_ipv6(std::string_view text) noexcept
{
    // Eight groups of 16 bits; the last two may be an IPv4 address; one "::" may stand for one group or more.
    int groups = 0;
    bool elided = false;
    if (text.starts_with("::")) {
        elided = true;
        text.remove_prefix(2);
        if (text.empty()) return true;
    }
    while (true) {
        const std::size_t end = text.find(':');
        const std::string_view group = text.substr(0, end);
        if (end == std::string_view::npos && group.contains('.')) {
            if (!is_ipv4(group)) return false;
            groups += 2;
            break;
        }
        if (group.empty() || group.size() > 4) return false;
        for (const char c : group)
            if (base::hex_value(c) < 0) return false;
        ++groups;
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
        if (text.starts_with(':')) {
            if (elided) return false;
            elided = true;
            text.remove_prefix(1);
            if (text.empty()) break;
        }
        if (groups > 8) return false;
    }
    return elided ? groups <= 7 : groups == 8;
}

Result<Authority> parse_authority(std::string_view text) noexcept
{
    Authority result;
    std::string_view rest;  // what follows the host
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos)
            return fail(Error::malformed, "an address without its closing bracket", section);
        result.host = text.substr(1, end - 1);
        rest = text.substr(end + 1);
        if (is_ipv6(result.host)) result.kind = Authority::ipv6;
        else if (is_future(result.host)) result.kind = Authority::future;
        else return fail(Error::malformed, "no address between brackets", section);
    } else {
        const std::size_t end = text.find(':');
        result.host = text.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : text.substr(end);
        if (result.host.empty()) return fail(Error::malformed, "the host is empty", "RFC 9110 §4.2.1");
        if (result.host.contains('@') || rest.contains('@'))
            return fail(Error::malformed, "user information before the host", "RFC 9110 §4.2.4");
        if (is_ipv4(result.host)) result.kind = Authority::ipv4;
        else if (!is_name(result.host)) return fail(Error::malformed, "a character that no host has", section);
    }

    if (rest.empty()) return result;
    if (rest[0] != ':') return fail(Error::malformed, "something between host and port", section);
    rest.remove_prefix(1);
    if (rest.empty()) return result;
    const auto port = base::parse_decimal(rest);
    if (!port || *port > 65535 || rest.size() > 5)
        return fail(Error::malformed, "the port is no number up to 65535", "RFC 3986 §3.2.3");
    result.port = static_cast<std::uint16_t>(*port);
    return result;
}

}  // namespace cais::uri
