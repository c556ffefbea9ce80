#include "server/host.h"

#include "base/text.h"
#include "io/address.h"
#include "tls/local_name.h"
#include "uri/authority.h"

#include <algorithm>

namespace cais::server {
namespace {

constexpr auto name_octet = base::OctetSet("-_.").with('0', '9').with('a', 'z');

Result<std::string> parse_name(std::string_view text)
{
    std::string name;
    for (const char c : text) name += base::to_lower(c);
    if (name.ends_with('.')) name.pop_back();
    if (name.empty()) return fail(Error::malformed, "a host is empty");
    if (name.contains("://") || name.contains('/'))
        return fail(Error::malformed, "a host is a name alone: no scheme, no path");
    if (name.contains(':')) return fail(Error::malformed, "a host has no port: `listen` says where the site is");
    if (name.contains('*')) return fail(Error::malformed, "`*` stands for the first label alone: *.example.com");
    if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
        return fail(Error::malformed, "a host is written in ASCII: for other letters use its xn-- form");
    if (!name_octet.has_all(name)) return fail(Error::malformed, "a character that no host has");
    if (name.size() > 253) return fail(Error::malformed, "a host has at most 253 characters", "RFC 1035 §2.3.4");
    for (std::size_t start = 0; start <= name.size();) {
        const std::size_t end = std::min(name.find('.', start), name.size());
        const std::string_view label = std::string_view(name).substr(start, end - start);
        if (label.empty() || label.size() > 63)
            return fail(Error::malformed, "the parts of a host have 1 to 63 characters", "RFC 1035 §2.3.4");
        if (label.starts_with('-') || label.ends_with('-'))
            return fail(Error::malformed, "no part of a host begins or ends with a hyphen");
        start = end + 1;
    }
    // What a browser takes for an address of a strange form is never asked for as a name (WHATWG URL, ends in a
    // number).
    const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);  // npos + 1 is 0
    if (base::parse_decimal(last))
        return fail(Error::malformed, "this is no IPv4 address, and a name does not end in a number");
    return name;
}

}  // namespace

Result<Host> Host::parse(std::string_view text)
{
    if (text == "*") return Host{};
    if (text.starts_with("*.")) {
        auto name = parse_name(text.substr(2));
        if (!name) return std::unexpected(name.error());
        return Host{Kind::wildcard, std::move(*name)};
    }
    std::string_view address = text;
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    if (uri::is_ipv4(text) || uri::is_ipv6(address)) {
        // As the system writes it, so that two spellings of one address are one host.
        const auto parsed =
            io::Address::parse(uri::is_ipv4(text) ? std::string(text) + ":0" : "[" + std::string(address) + "]:0");
        if (!parsed) return std::unexpected(parsed.error());
        return Host{Kind::address, parsed->ip_text()};
    }
    auto name = parse_name(text);
    if (!name) return std::unexpected(name.error());
    return Host{Kind::name, std::move(*name)};
}

std::string Host::text() const
{
    switch (kind) {
    case Kind::any: return "*";
    case Kind::wildcard: return "*." + name;
    case Kind::name:
    case Kind::address: break;
    }
    return name;
}

bool Host::is_local() const { return kind != Kind::any && tls::is_local_name(text()); }

}  // namespace cais::server
