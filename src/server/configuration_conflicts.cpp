// What sites of one configuration may not be to each other, and what their TLS wants from the rest of it.
#include "server/configuration_site.h"
#include "tls/local_name.h"

#include <algorithm>
#include <fmt/format.h>

namespace cais::server {
namespace {

using config::Diagnostics;
using config::Severity;
using Family = io::Address::Family;

class Check {
public:
    Check(const Configuration& configuration, Diagnostics& diagnostics)
        : configuration_(configuration)
        , diagnostics_(diagnostics)
    {
    }

    void all()
    {
        const auto& sites = configuration_.sites;
        for (std::size_t i = 0; i < sites.size(); ++i) {
            for (std::size_t j = 0; j <= i; ++j) {
                check_addresses(sites[j], sites[i]);
                if (j < i) check_hosts(sites[j], sites[i]);
            }
            check_certificates(sites[i]);
            check_routes(sites[i]);
        }
        check_default_certificates();
    }

private:
    void say(Severity severity, config::Location where, std::string what, std::string hint = {})
    {
        diagnostics_.add({severity, where, std::move(what), std::move(hint), configuration_page});
    }
    void error(config::Location where, std::string what, std::string hint = {})
    {
        say(Severity::error, where, std::move(what), std::move(hint));
    }
    void warning(config::Location where, std::string what, std::string hint = {})
    {
        say(Severity::warning, where, std::move(what), std::move(hint));
    }

    // Two sites may share an address where both are plain or both TLS. `a` stands first in the file; it may be `b`.
    void check_addresses(const Site& a, const Site& b)
    {
        for (std::size_t i = 0; i < b.listen.size(); ++i) {
            const auto& mine = b.listen[i];
            for (std::size_t j = 0; j < (&a == &b ? i : a.listen.size()); ++j) {
                const auto& other = a.listen[j];
                if (mine.address == other.address) {
                    if (mine.is_tls == other.is_tls) continue;
                    error(mine.where,
                          fmt::format("`{}` is {} here and {} for the site at line {}", mine.address.text(),
                                      mine.is_tls ? "TLS" : "plain", other.is_tls ? "TLS" : "plain", a.where.line),
                          "an address is one or the other: `http://` or `https://` before it says which");
                } else if (covers(other.address, mine.address) || covers(mine.address, other.address)) {
                    error(mine.where,
                          fmt::format("`{}` cannot be listened at beside `{}` (line {})", mine.address.text(),
                                      other.address.text(), other.where.line),
                          "one of them has every address of the machine");
                }
            }
        }
    }

    // Whether `all` is every address of the family and port of `one`, which the system then gives to nobody else.
    static bool covers(const io::Address& all, const io::Address& one)
    {
        return all.family == one.family && all.port == one.port && all.port != 0 &&
               std::ranges::all_of(all.ip, [](std::uint8_t octet) { return octet == 0; });
    }

    // Two sites may share a host where their addresses differ.
    void check_hosts(const Site& a, const Site& b)
    {
        const auto shared = std::ranges::find_if(b.listen, [&](const Listen& mine) {
            return std::ranges::find(a.listen, mine.address, &Listen::address) != a.listen.end();
        });
        if (shared == b.listen.end()) return;
        for (const auto& mine : b.hosts) {
            const auto other = std::ranges::find(a.hosts, mine.host, &Site::NamedHost::host);
            if (other == a.hosts.end()) continue;
            error(mine.where, fmt::format("`{}` is at `{}` already, for the site at line {}", mine.host.text(),
                                          shared->address.text(), a.where.line));
        }
    }

    void check_certificates(const Site& site)
    {
        if (site.tls.where.line == 0) return;  // what it is to be is not known
        if (!site.has_tls_listener()) {
            if (site.tls.clients)
                error(site.tls.where,
                      "certificates of clients are asked for over TLS, and no address of this site has it");
            return;
        }
        for (const auto& named : site.hosts) {
            if (site.tls.from == SiteTls::From::automatic) check_automatic(named);
            if (site.tls.from == SiteTls::From::internal) check_internal(named);
        }
        if (site.tls.from == SiteTls::From::automatic) check_reachable(site);
    }

    void check_routes(const Site& site)
    {
        if (site.tls.clients || site.tls.where.line == 0) return;
        for (const auto& route : site.routes)
            if (route.auth && route.auth->takes_certificates())
                error(route.where, "nobody can show a certificate here: the site asks for none",
                      "`tls = { clients = { authority = \"ca.pem\" } }` asks");
    }

    void check_automatic(const Site::NamedHost& named)
    {
        const Host& host = named.host;
        if (host.kind == Host::Kind::wildcard && configuration_.acme.dns_run.empty())
            error(named.where, fmt::format("a certificate for `{}` is given for a record in DNS alone", host.text()),
                  "`acme.dns` names the program that sets it");
        if (!is_lets_encrypt()) return;  // whom we do not know may issue what it likes
        if (host.is_local())
            warning(named.where, fmt::format("no public authority can know `{}`", host.text()),
                    "did you mean `tls = \"internal\"`?");
        else if (host.kind == Host::Kind::address && configuration_.acme.profile.empty())
            warning(named.where, "Let's Encrypt issues for addresses only under `acme.profile = \"shortlived\"`");
    }

    void check_internal(const Site::NamedHost& named)
    {
        const auto host = named.host.text();
        if (named.host.kind == Host::Kind::any || tls::is_local_name(host)) return;
        const bool is_too_wide = named.host.kind == Host::Kind::wildcard && tls::is_local_name(named.host.name);
        error(named.where, fmt::format("the local authority does not vouch for `{}`", host),
              is_too_wide
                  ? std::string("no client takes a certificate whose star stands before one label; name the hosts")
                  : fmt::format("it is for {}", tls::local_names_in_words));
    }

    // RFC 8555 §8.3 and RFC 8737 §3: an authority comes to port 80 or 443.
    void check_reachable(const Site& site)
    {
        const bool has_names =
            std::ranges::any_of(site.hosts, [](const auto& named) { return named.host.kind != Host::Kind::any; });
        const bool has_port = std::ranges::any_of(site.listen, [](const Listen& one) {
            return (one.address.port == 80 && !one.is_tls) || (one.address.port == 443 && one.is_tls);
        });
        if (!has_names || has_port || !configuration_.acme.dns_run.empty() || !is_lets_encrypt()) return;
        warning(site.tls.where, "an authority looks at port 80 or 443, and this site has neither",
                "that is right where another port is led here; else set `listen`, or `acme.dns`");
    }

    [[nodiscard]] bool is_lets_encrypt() const
    {
        return std::ranges::all_of(configuration_.acme.directories, [](const std::string& url) {
            return url == letsencrypt || url == letsencrypt_staging;
        });
    }

    // Who asks for a name that no site has gets the certificate of another: one there must be.
    void check_default_certificates()
    {
        for (const auto& site : configuration_.sites) {
            if (site.tls.where.line == 0 || !site.has_tls_listener() || can_have_certificate(site) ||
                site.hosts.empty())
                continue;
            const auto is_alone = [&](const Listen& mine) {
                return mine.is_tls && std::ranges::none_of(configuration_.sites, [&](const Site& other) {
                           return can_have_certificate(other) &&
                                  std::ranges::find(other.listen, mine.address, &Listen::address) != other.listen.end();
                       });
            };
            const auto alone = std::ranges::find_if(site.listen, is_alone);
            if (alone == site.listen.end()) continue;
            error(site.hosts.front().where,
                  fmt::format("there is no certificate for `{}`: `*` names nobody to have one for",
                              alone->address.text()),
                  "name the hosts, or set `tls = \"off\"` or `tls = \"internal\"`");
        }
    }

    static bool can_have_certificate(const Site& site)
    {
        if (site.tls.from == SiteTls::From::off) return false;
        if (site.tls.from != SiteTls::From::automatic) return true;
        return std::ranges::any_of(site.hosts, [](const auto& named) { return named.host.kind != Host::Kind::any; });
    }

    const Configuration& configuration_;
    Diagnostics& diagnostics_;
};

}  // namespace

void check_sites(const Configuration& configuration, Diagnostics& diagnostics)
{
    Check(configuration, diagnostics).all();
}

}  // namespace cais::server
