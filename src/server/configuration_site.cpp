#include "server/configuration_site.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace cais::server {
namespace {

using config::Table;

void read_hosts(Table& table, Site& site)
{
    if (!table.has("hosts")) {
        table.error_here("a site wants `hosts`", "[\"example.com\"], or [\"*\"] for all that no other site has");
        return;
    }
    const auto texts = table.texts("hosts");
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (texts[i].empty()) continue;  // which has been said
        auto host = Host::parse(texts[i]);
        if (!host) {
            table.error("hosts", i, host.error().what);
            continue;
        }
        const auto is_same = [&](const Site::NamedHost& other) { return other.host == *host; };
        if (std::ranges::any_of(site.hosts, is_same))
            table.error("hosts", i, fmt::format("`{}` is given a second time", host->text()));
        else site.hosts.push_back({std::move(*host), table.where("hosts", i)});
    }
}

ClientRules read_clients(Table& table)
{
    ClientRules rules;
    if (auto authority = table.path("authority")) rules.authority = std::move(*authority);
    else if (!table.has("authority"))
        table.error_here("`clients` wants `authority`, the certificates that may issue theirs");
    rules.where_authority = table.where("authority");
    constexpr std::array<std::string_view, 2> words = {"optional", "required"};
    if (const auto verify = table.choice("verify", words)) rules.is_required = *verify == 1;
    else if (!table.has("verify")) rules.is_required = true;
    return rules;
}

void read_tls_table(Table& table, SiteTls& tls)
{
    if (auto clients = table.table("clients")) tls.clients = read_clients(*clients);
    const auto certificates = table.paths("certificate");
    const auto keys = table.paths("key");
    constexpr std::array<std::string_view, 2> issuers = {"auto", "internal"};
    if (const auto issuer = table.choice("issuer", issuers)) {
        tls.from = *issuer == 0 ? SiteTls::From::automatic : SiteTls::From::internal;
        if (table.has("certificate")) table.error("issuer", "a certificate is from files or from an issuer, not both");
    } else if (table.has("certificate")) {
        tls.from = SiteTls::From::files;
    } else if (table.has("key")) {
        table.error("key", "a `key` wants its `certificate`");
    }
    if (tls.from != SiteTls::From::files) return;
    if (!table.has("key")) {
        table.error("certificate", "a `certificate` wants its `key`");
        return;
    }
    if (certificates.size() != keys.size()) {
        table.error("key",
                    fmt::format("each certificate has its key: there are {} and {}", certificates.size(), keys.size()));
        return;
    }
    for (std::size_t i = 0; i < certificates.size(); ++i)
        tls.files.push_back({certificates[i], keys[i], table.where("certificate", i), table.where("key", i)});
}

SiteTls read_tls(Table& table)
{
    SiteTls tls;
    tls.where = table.where("tls");
    if (table.kind("tls") == Table::Kind::table) {
        auto inner = table.table("tls");
        read_tls_table(*inner, tls);
        return tls;
    }
    constexpr std::array<std::string_view, 3> words = {"auto", "internal", "off"};
    constexpr std::array from = {SiteTls::From::automatic, SiteTls::From::internal, SiteTls::From::off};
    if (table.kind("tls") == Table::Kind::none || table.kind("tls") == Table::Kind::text) {
        if (const auto word = table.choice("tls", words)) tls.from = from[*word];
        else if (table.has("tls")) tls.where = {};
    } else {
        tls.where = {};
        table.error("tls", "`tls` is `auto`, `internal`, `off` or a table with `certificate` and `key`");
    }
    return tls;
}

// "ADDR:PORT", "http://ADDR:PORT", "https://ADDR:PORT". Port 80 is plain, and every port is where there is no TLS.
Result<Listen> parse_listen(std::string_view text, bool has_tls)
{
    Listen listen;
    const bool says_plain = text.starts_with("http://");
    const bool says_tls = text.starts_with("https://");
    std::string_view address = text.substr(says_plain ? 7 : says_tls ? 8 : 0);
    if (says_tls && !has_tls) return fail(Error::malformed, "this is TLS, and the site has `tls = \"off\"`");
    if (address.ends_with('/')) return fail(Error::malformed, "an address to listen at has no path");
    const auto parsed = io::Address::parse(address);
    if (!parsed) {
        const bool is_name = std::ranges::count(address, ':') == 1 && std::ranges::any_of(address, base::is_alpha);
        if (is_name) return fail(Error::malformed, "names are not looked up: write the address");
        return std::unexpected(parsed.error());
    }
    listen.address = *parsed;
    listen.is_tls = says_tls || (!says_plain && has_tls && parsed->port != 80);
    return listen;
}

void read_listen(Table& table, Site& site)
{
    const bool has_tls = site.tls.from != SiteTls::From::off;
    if (!table.has("listen")) {
        // A machine without IPv6 has no [::].
        for (const std::string_view text : {"0.0.0.0:80", "0.0.0.0:443", "[::]:80", "[::]:443"}) {
            auto listen = *parse_listen(text, has_tls);
            if (listen.address.port == 443 && !has_tls) continue;
            listen.may_be_absent = listen.address.family == io::Address::Family::ip6;
            listen.where = table.where();
            site.listen.push_back(listen);
        }
        return;
    }
    const auto texts = table.texts("listen");
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (texts[i].empty()) continue;  // which has been said
        auto listen = parse_listen(texts[i], has_tls);
        if (!listen) {
            table.error("listen", i, listen.error().what);
            continue;
        }
        listen->where = table.where("listen", i);
        if (std::ranges::find(site.listen, listen->address, &Listen::address) != site.listen.end())
            table.error("listen", i, fmt::format("`{}` is given a second time", listen->address.text()));
        else site.listen.push_back(*listen);
    }
}

void read_routes(Table& table, Site& site)
{
    for (auto& one : table.tables("route")) {
        auto route = read_route(one);
        if (!route) continue;
        const auto same = std::ranges::find(site.routes, route->path, &Route::path);
        if (same == site.routes.end()) site.routes.push_back(std::move(*route));
        else
            one.error("path", fmt::format("two routes match the same: `{}` stands at line {} too", route->path.text(),
                                          same->where.line));
    }
}

}  // namespace

Site read_site(Table& table)
{
    Site site;
    site.where = table.where();
    read_hosts(table, site);
    site.tls = read_tls(table);
    read_listen(table, site);
    if (table.has("hsts")) {
        const auto time = table.duration("hsts", base::Duration::zero());
        if (time >= std::chrono::seconds(1)) site.hsts = time;
        if (time != base::Duration::zero() && !site.has_tls_listener())
            table.warning("hsts", "`hsts` is sent over TLS alone, and this site has none");
    }
    if (auto fields = table.table("headers")) site.headers = headers::Config::read(*fields);
    site.https_redirect = table.flag("https_redirect", site.https_redirect);
    read_routes(table, site);
    if (!table.has("route") &&
        std::ranges::any_of(site.hosts, [](const auto& named) { return named.host.kind != Host::Kind::any; }))
        table.warning(table.where(), "this site has no route: every request is answered with 404");
    return site;
}

}  // namespace cais::server
