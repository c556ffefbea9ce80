#include "server/explain.h"

#include "base/text.h"
#include "http/target.h"
#include "server/chain.h"
#include "server/modules.h"
#include "server/router.h"
#include "uri/authority.h"
#include "uri/percent.h"

#include <algorithm>
#include <fmt/format.h>

namespace cais::server {
namespace {

using http::Method;
using Kind = PathPattern::Kind;

struct Asked {
    Method method;
    std::string_view method_text;
    bool is_tls;
    std::string_view host;  // with its port
    std::uint16_t port;
    std::string target;  // "/path?query", as it is sent
};

std::string printable(std::string_view text)
{
    std::string made;
    base::append_printable(made, text);
    return made;
}

std::expected<Asked, std::string> parse(std::string_view method, std::string_view url)
{
    Asked asked{};
    asked.method = http::method_of(method);
    asked.method_text = method;
    asked.is_tls = url.starts_with("https://");
    if (!asked.is_tls && !url.starts_with("http://")) return std::unexpected("a URL begins with http:// or https://");
    url.remove_prefix(asked.is_tls ? 8 : 7);
    url = url.substr(0, url.find('#'));
    const std::size_t end = std::min(url.find_first_of("/?"), url.size());
    asked.host = url.substr(0, end);
    const auto authority = uri::parse_authority(asked.host);
    if (!authority) return std::unexpected("the host: " + base::describe(authority.error()));
    asked.port = authority->port.value_or(asked.is_tls ? 443 : 80);
    // What stands for itself, or is for the server to refuse.
    constexpr auto plain = base::OctetSet("").with(0x21, 0x7E);
    asked.target = url.substr(end).starts_with('/') ? "" : "/";
    uri::append_percent_encoded(asked.target, url.substr(end), plain);
    return asked;
}

class Explainer {
public:
    // `at`: listeners that lead to the same.
    Explainer(const Configuration& configuration, const Asked& asked, std::span<const Listen> at)
        : configuration_(configuration)
        , asked_(asked)
        , at_(at)
        , listen_(at.front())
    {
    }

    Explanation run()
    {
        line("listener", fmt::format("{} ({})", names_of(at_), asked_.is_tls ? "https" : "http"));
        const bool is_answered = decide();
        return {std::move(text_), is_answered};
    }

private:
    // What the wire refuses, then the steps of Router::handle.
    bool decide()
    {
        if (asked_.method == Method::connect) return answer("405: the server offers no CONNECT");
        const auto target = http::parse_target(asked_.method, asked_.target, arena_);
        if (!target) return answer("400: " + base::describe(target.error()));
        if (asked_.method == Method::other) return answer("501: no such method is registered");
        if (asked_.method == Method::trace)
            return configuration_.trace_method ? answer("the server itself: TRACE", true)
                                               : answer("405: the server offers no TRACE");
        const auto named = hosts_at(configuration_, listen_).find(asked_.host);
        if (!named) {
            line("site", fmt::format("none has the name {}", printable(asked_.host)));
            tell_sites(nullptr);
            return answer("421: there is no site of this name at this listener, and no default site (\"*\")");
        }
        const Site& site = configuration_.sites[named->site];
        line("site", fmt::format("{}: {}", name_of(site), why(named->kind)));
        tell_sites(&site);
        if (asked_.is_tls && site.tls.clients)
            line("", fmt::format("a client certificate is {}; a connection made for another site is sent away with 421",
                                 site.tls.clients->is_required ? "required" : "asked for"));
        if (!asked_.is_tls) {
            if (const auto port = https_port(site, site.listen))
                return answer(fmt::format("308: to https, port {} (`https_redirect = false` serves it here)", *port),
                              true);
        }
        line("path", printable(target->path));
        if (target->has_empty_segment) return answer("404: the path has an empty segment (//)");
        return choose_route(site, target->path);
    }

    bool choose_route(const Site& site, std::string_view path)
    {
        const auto patterns = patterns_of(site);
        const auto found = RouteTable(patterns).find(path);
        if (!found) {
            line("route", "none matches");
            tell_routes(site, path, nullptr);
            return answer("404: there is no route for it");
        }
        const Route& route = site.routes[found->route];
        line("route", place(route.path.text(), route.where));
        if (path.size() < found->matched) line("", "the path without its last slash; files are redirected to it");
        std::string wrappers;
        for (const auto wrapper : wrappers_of(route)) (wrappers += wrappers.empty() ? "" : " ▸ ") += wrapper;
        line("wrappers", wrappers.empty() ? "none" : wrappers);
        const std::string_view module = server::key_of(route.module);
        const auto offered = methods_of(route.module);
        tell_routes(site, path, &route);
        if (route.methods && !route.methods->allowed.has(asked_.method))
            return answer(fmt::format("405: `methods` has no {}", asked_.method_text));
        if (!offered.has(asked_.method)) return answer(fmt::format("405: `{}` has no {}", module, asked_.method_text));
        return answer(std::string(module), true);
    }

    // The other sites, and why not.
    void tell_sites(const Site* chosen)
    {
        for (const auto& site : configuration_.sites)
            if (&site != chosen) not_chosen_ += fmt::format("  site {}: {}\n", name_of(site), why_not(site));
    }

    [[nodiscard]] std::string_view why_not(const Site& site) const
    {
        const auto is_asked = [&](const Listen& own) {
            return own.is_tls == listen_.is_tls && own.address == listen_.address;
        };
        if (std::ranges::none_of(site.listen, is_asked)) return "does not listen there";
        HostTable own;
        for (const auto& named : site.hosts) own.add(named.host, 0);
        const auto found = own.find(asked_.host);
        if (!found) return "has no such name";
        if (found->kind == Host::Kind::any) return "is the default site, and another has the name";
        return "has it by a wildcard alone";
    }

    void tell_routes(const Site& site, std::string_view path, const Route* chosen)
    {
        for (const auto& route : site.routes) {
            if (&route == chosen) continue;
            not_chosen_ +=
                fmt::format("  {}: {}\n", place(route.path.text(), route.where), why_not(route, path, chosen));
        }
    }

    static std::string why_not(const Route& route, std::string_view path, const Route* chosen)
    {
        const PathPattern& pattern = route.path;
        if (!matches(pattern, path)) {
            switch (pattern.kind) {
            case Kind::exact: return "is another path";
            case Kind::prefix: return "the path is not below it";
            case Kind::suffix:
                return path.starts_with(pattern.literal)
                           ? fmt::format("the path does not end with {}", printable(pattern.suffix))
                           : fmt::format("the path is not below {}", printable(pattern.literal));
            }
        }
        const PathPattern& other = chosen->path;
        const std::string name = printable(other.text());
        if (other.weight() > pattern.weight()) return fmt::format("matches, but {} is longer", name);
        if (other.kind != pattern.kind)
            return fmt::format("matches as long, but {} beats {}", other.kind == Kind::exact ? "one path" : "a suffix",
                               pattern.kind == Kind::suffix ? "a suffix" : "a prefix");
        return other.suffix.size() > pattern.suffix.size() ? fmt::format("matches, but {} has the longer suffix", name)
                                                           : fmt::format("is the same as {}", name);
    }

    static std::string_view why(Host::Kind kind)
    {
        switch (kind) {
        case Host::Kind::name: return "the name itself";
        case Host::Kind::address: return "the address itself";
        case Host::Kind::wildcard: return "by a wildcard";
        case Host::Kind::any: return "the default site";
        }
        return {};
    }

    [[nodiscard]] std::string name_of(const Site& site) const
    {
        std::string names;
        for (const auto& named : site.hosts) (names += names.empty() ? "" : ", ") += named.host.text();
        return place(names, site.where);
    }
    [[nodiscard]] std::string place(const std::string& name, config::Location where) const
    {
        if (where.line == 0) return printable(name);
        return fmt::format("{} ({}:{})", printable(name), printable(configuration_.file), where.line);
    }
    static std::string names_of(std::span<const Listen> listen)
    {
        std::string names;
        for (const auto& one : listen) (names += names.empty() ? "" : ", ") += one.address.text();
        return names;
    }

    void line(std::string_view name, std::string_view value) { text_ += fmt::format("  {:<9} {}\n", name, value); }
    bool answer(std::string_view what, bool is_answered = false)
    {
        line("answer", what);
        if (!not_chosen_.empty()) text_ += "not\n" + not_chosen_;
        return is_answered;
    }

    const Configuration& configuration_;
    const Asked& asked_;
    const std::span<const Listen> at_;
    const Listen& listen_;
    base::Arena arena_;
    std::string text_;
    std::string not_chosen_;
};

// The listeners that a client who takes this URL may come to: those at its port, and where it names an address, at
// that.
std::vector<Listen> reached(const Configuration& configuration, const Asked& asked)
{
    const auto authority = uri::parse_authority(asked.host);
    const bool is_address = authority->kind == uri::Authority::ipv4 || authority->kind == uri::Authority::ipv6;
    const auto named =
        io::Address::parse(authority->kind == uri::Authority::ipv6 ? fmt::format("[{}]:0", authority->host)
                                                                   : fmt::format("{}:0", authority->host));
    std::vector<Listen> found;
    for (const auto& listen : listeners(configuration)) {
        if (listen.is_tls != asked.is_tls || listen.address.port != asked.port) continue;
        const bool is_any = std::ranges::all_of(listen.address.ip, [](std::uint8_t octet) { return octet == 0; });
        if (is_address && named &&
            (listen.address.family != named->family || (!is_any && listen.address.ip != named->ip)))
            continue;
        found.push_back(listen);
    }
    return found;
}

}  // namespace

std::expected<Explanation, std::string> explain(const Configuration& configuration, std::string_view method,
                                                std::string_view url)
{
    const auto asked = parse(method, url);
    if (!asked) return std::unexpected(asked.error());
    const auto listening = reached(configuration, *asked);
    if (listening.empty()) {
        std::string there;
        for (const auto& listen : listeners(configuration))
            there += fmt::format("{}{}://{}", there.empty() ? "" : ", ", listen.is_tls ? "https" : "http",
                                 listen.address.text());
        return std::unexpected(fmt::format("nothing listens there; there are {}", there));
    }
    Explanation all{.text = fmt::format("{} {}://{}{}\n", printable(method), asked->is_tls ? "https" : "http",
                                        printable(asked->host), printable(asked->target)),
                    .is_answered = true};
    // Listeners that lead to the same are told as one.
    std::vector<std::pair<std::string, std::vector<Listen>>> groups;
    for (const auto& listen : listening) {
        const auto named = hosts_at(configuration, listen).find(asked->host);
        const std::string key = named ? std::to_string(named->site) : "";
        const auto group = std::ranges::find_if(groups, [&](const auto& other) { return other.first == key; });
        if (group == groups.end()) groups.push_back({key, {listen}});
        else group->second.push_back(listen);
    }
    for (const auto& [key, at] : groups) {
        const auto one = Explainer(configuration, *asked, at).run();
        all.text += one.text;
        all.is_answered = all.is_answered && one.is_answered;
    }
    return all;
}

}  // namespace cais::server
