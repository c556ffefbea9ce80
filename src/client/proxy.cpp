#include "client/proxy.h"

#include "base/text.h"
#include "client/target.h"
#include "io/address.h"
#include "uri/authority.h"
#include "uri/percent.h"

#include <cstdlib>
#include <span>

namespace cais::client {
namespace {

std::string_view environment(const char* name)
{
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string_view() : value;
}

std::string unescape(std::string_view text)
{
    base::Arena arena;
    const auto decoded = uri::percent_decode(text, arena);
    return std::string(decoded.value_or(text));
}

std::optional<io::Address> address_of(std::string_view text)
{
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    if (!uri::is_ipv4(text) && !uri::is_ipv6(text)) return std::nullopt;
    const auto address =
        io::Address::parse(text.contains(':') ? "[" + std::string(text) + "]:0" : std::string(text) + ":0");
    if (!address) return std::nullopt;
    return *address;
}

// "10.0.0.0/8", or one address.
bool is_in_network(const io::Address& host, std::string_view network)
{
    const std::size_t slash = network.find('/');
    const auto base = address_of(network.substr(0, slash));
    if (!base || base->family != host.family) return false;
    const std::size_t whole = host.family == io::Address::Family::ip4 ? 32 : 128;
    std::size_t bits = whole;
    if (slash != std::string_view::npos) {
        const auto given = base::parse_decimal(network.substr(slash + 1));
        if (!given || *given > whole) return false;
        bits = static_cast<std::size_t>(*given);
    }
    for (std::size_t bit = 0; bit < bits; ++bit) {
        const unsigned mask = 0x80u >> (bit % 8);
        if (((host.ip[bit / 8] ^ base->ip[bit / 8]) & mask) != 0) return false;
    }
    return true;
}

bool is_below(std::string_view host, std::string_view name)
{
    if (host.size() < name.size() || !base::equals_ignoring_case(host.substr(host.size() - name.size()), name))
        return false;
    return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

}  // namespace

Result<Proxy> parse_proxy(std::string_view text, std::string_view from)
{
    Proxy proxy;
    proxy.from = from;
    if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
        proxy.at.is_secure = base::equals_ignoring_case(text.substr(0, scheme), "https");
        if (!proxy.at.is_secure && !base::equals_ignoring_case(text.substr(0, scheme), "http"))
            return fail(Error::unsupported, "a proxy is spoken to by http or https");
        text.remove_prefix(scheme + 3);
    }
    text = text.substr(0, text.find_first_of("/?#"));
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        const std::string_view user = text.substr(0, std::min(text.find(':'), at));
        const std::string_view password = user.size() < at ? text.substr(user.size() + 1, at - user.size() - 1) : "";
        proxy.authorization = basic_authorization({unescape(user), unescape(password)});
        text.remove_prefix(at + 1);
    }
    const auto authority = uri::parse_authority(text);
    if (!authority) return std::unexpected(authority.error());
    if (authority->kind == uri::Authority::future || authority->port == 0)
        return fail(Error::malformed, "a proxy that cannot be connected to");
    for (const char c : authority->host) proxy.at.host += base::to_lower(c);
    proxy.at.port = authority->port.value_or(proxy.at.is_secure ? 443 : 1080);
    return proxy;
}

bool is_in_no_proxy(std::string_view list, std::string_view host)
{
    if (host.ends_with('.')) host.remove_suffix(1);
    const auto address = address_of(host);
    constexpr base::OctetSet between(", \t");
    while (!list.empty()) {
        std::size_t end = 0;
        while (end < list.size() && !between.has(list[end])) ++end;
        std::string_view member = list.substr(0, end);
        list.remove_prefix(std::min(end + 1, list.size()));
        if (member == "*") return true;
        if (address) {
            if (is_in_network(*address, member)) return true;
            continue;
        }
        if (member.starts_with('.')) member.remove_prefix(1);
        if (member.ends_with('.')) member.remove_suffix(1);
        if (!member.empty() && is_below(host, member)) return true;
    }
    return false;
}

Result<std::optional<Proxy>> choose_proxy(const Origin& origin, const ProxyChoice& choice)
{
    std::string_view text;
    std::string_view from = "-x";
    if (choice.proxy) {
        text = *choice.proxy;
    } else {
        static constexpr const char* of_http[] = {"http_proxy", "all_proxy", "ALL_PROXY"};
        static constexpr const char* of_https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
        const auto names =
            origin.is_secure ? std::span<const char* const>(of_https) : std::span<const char* const>(of_http);
        for (const char* name : names) {
            text = environment(name);
            from = name;
            if (std::getenv(name) != nullptr) break;  // an empty one says "none"
        }
    }
    if (text.empty()) return std::optional<Proxy>();
    std::string_view exempt;
    if (choice.no_proxy) exempt = *choice.no_proxy;
    else exempt = std::getenv("no_proxy") != nullptr ? environment("no_proxy") : environment("NO_PROXY");
    if (is_in_no_proxy(exempt, origin.host)) return std::optional<Proxy>();
    auto proxy = parse_proxy(text, from);
    if (!proxy) return std::unexpected(proxy.error());
    return std::optional<Proxy>(std::move(*proxy));
}

}  // namespace cais::client
