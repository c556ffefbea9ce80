#include "client/resolver.h"

#include "base/text.h"
#include "client/hosts_file.h"
#include "client/name_query.h"
#include "uri/authority.h"

namespace cais::client {
namespace {

using Family = io::Address::Family;

io::Address parse_ip(const std::string& host)
{
    const auto parsed = io::Address::parse(uri::is_ipv6(host) ? "[" + host + "]:0" : host + ":0");
    return parsed.value_or(io::Address{});
}

// `name` itself or a name below it; a last dot does not matter.
bool is_below(std::string_view host, std::string_view name)
{
    if (host.ends_with('.')) host.remove_suffix(1);
    if (host.size() < name.size() || !base::equals_ignoring_case(host.substr(host.size() - name.size()), name))
        return false;
    return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

// Those of the wanted families; both answers are there.
void give(const std::vector<io::Address>& found, std::uint16_t port, Families families, Addresses& into)
{
    for (io::Address address : found) {
        const bool is_ip6 = address.family == Family::ip6;
        if (families != Families::both && is_ip6 != (families == Families::ip6)) continue;
        address.port = port;
        into.add(address);
    }
    into.has_ip6 = into.has_ip4 = true;
    into.changed.set();
}

}  // namespace

Resolver::Resolver(ResolverSettings settings)
    : settings_(std::move(settings))
{
}

std::string_view Resolver::find_at_once(const std::string& host, std::uint16_t port, Families families,
                                        Addresses& into) const
{
    for (auto at = settings_.overrides.rbegin(); at != settings_.overrides.rend(); ++at) {
        if (at->port != port || (at->host != "*" && !base::equals_ignoring_case(at->host, host))) continue;
        if (at->addresses.empty()) break;
        give(at->addresses, port, families, into);
        return "option";
    }
    std::vector<io::Address> found;
    std::string_view source = "literal";
    if (uri::is_ipv4(host) || uri::is_ipv6(host)) {
        found.push_back(parse_ip(host));
    } else if (is_below(host, "localhost")) {
        found = {parse_ip("::1"), parse_ip("127.0.0.1")};
        source = "localhost";
    } else if (is_below(host, "invalid")) {
        into.fault = {Error::not_found, 0, "a name below .invalid has no address", "RFC 6761 §6.4"};
    } else if (is_below(host, "onion")) {
        into.fault = {Error::not_found, 0, "a name below .onion is no name of the DNS", "RFC 7686 §2"};
    } else {
        const std::string name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
        found = addresses_in_hosts_file(settings_.hosts_file, name);
        if (found.empty()) return {};
        source = "hosts";
    }
    give(found, port, families, into);
    return source;
}

io::Task<Result<void>> Resolver::look_up(std::string host, std::uint16_t port, Families families, base::Duration limit,
                                         Addresses& into, trace::Context trace) const
{
    if (trace) trace.say(trace::ResolveBegin{host, port});
    const std::string_view source = find_at_once(host, port, families, into);
    Result<void> found;
    if (source.empty()) {
        auto asked = co_await ask_name_servers({host, port, families, settings_.servers, limit}, into, trace);
        found = asked;
    } else if (into.is_empty()) {
        found = std::unexpected(into.fault);
    } else if (trace) {
        say_answer(trace, host, source, into.ip6, into.ip4);
    }
    if (!found && trace) {
        const std::string why = base::describe(found.error());
        trace.say(trace::ResolveFailure{host, why});
    }
    co_return found;
}

}  // namespace cais::client
