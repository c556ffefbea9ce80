#include "server/configuration.h"

#include "base/handed_files.h"
#include "base/text.h"
#include "server/configuration_site.h"
#include "server/state.h"
#include "uri/authority.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace cais::server {
namespace {

using config::Table;

std::vector<Network> read_trust(Table& root)
{
    std::vector<Network> networks;
    const auto texts = root.texts("trust");
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (texts[i].empty()) continue;  // which has been said
        auto network = Network::parse(texts[i]);
        if (network) networks.push_back(*network);
        else root.error("trust", i, network.error().what);
    }
    return networks;
}

// A word, or the URL of a directory. Empty where it is neither.
std::string directory_url(std::string_view text)
{
    if (text == "letsencrypt") return std::string(letsencrypt);
    if (text == "staging") return std::string(letsencrypt_staging);
    constexpr std::string_view scheme = "https://";
    if (!text.starts_with(scheme)) return {};
    const auto rest = text.substr(scheme.size());
    const auto authority = uri::parse_authority(rest.substr(0, rest.find('/')));
    constexpr auto octets = base::OctetSet("-._~!$&'()*+,;=:@/?%[]").with('0', '9').with('a', 'z').with('A', 'Z');
    return authority && octets.has_all(rest) ? std::string(text) : std::string();
}

void read_accounts(Table& table, Acme& acme)
{
    for (const auto& name : table.keys()) {
        const std::string url = directory_url(name);
        if (std::ranges::find(acme.directories, url) == acme.directories.end())
            table.error_at_key(name, "this is no directory of `acme`", "write it as `directory` has it");
        auto account = table.table(name);
        if (!account) continue;
        for (const auto key : {"id", "key"})
            if (!account->has(key)) account->error_here(fmt::format("an external account wants `{}`", key));
        auto id = account->text("id");
        auto key = account->secret("key");
        if (!id || !key) continue;
        constexpr auto base64url = base::OctetSet("-_=").with('0', '9').with('a', 'z').with('A', 'Z');
        if (!base64url.has_all(*key))
            account->error("key", "`key` is base64url, as the authority gave it", "RFC 8555 §7.3.4");
        acme.accounts[url] = {std::move(*id), std::move(*key)};
    }
}

Acme read_acme(Table& root)
{
    Acme acme;
    auto table = root.table("acme");
    if (!table) {
        acme.directories.emplace_back(letsencrypt);
        return acme;
    }
    if (auto email = table->text("email")) {
        const auto at = email->find('@');
        const bool is_address =
            at != std::string::npos && at > 0 && at + 1 < email->size() &&
            std::ranges::none_of(*email, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
        if (!is_address || email->starts_with("mailto:"))
            table->error("email", "`email` is an address: ops@example.com");
        acme.email = std::move(*email);
    }
    const auto directories = table->texts("directory");
    for (std::size_t i = 0; i < directories.size(); ++i) {
        if (directories[i].empty()) continue;
        auto url = directory_url(directories[i]);
        if (url.empty()) table->error("directory", i, "a directory is `letsencrypt`, `staging` or a URL with https://");
        else if (std::ranges::find(acme.directories, url) != acme.directories.end())
            table->error("directory", i, "this directory is given a second time");
        else acme.directories.push_back(std::move(url));
    }
    if (acme.directories.empty()) acme.directories.emplace_back(letsencrypt);
    if (auto ca = table->path("ca")) {
        acme.ca = std::move(*ca);
        acme.where_ca = table->where("ca");
    }
    if (auto profile = table->text("profile")) {
        if (profile->empty()) table->error("profile", "`profile` is empty", "leave it out");
        acme.profile = std::move(*profile);
    }
    if (auto accounts = table->table("eab")) read_accounts(*accounts, acme);
    if (auto dns = table->table("dns")) {
        if (!dns->has("run")) dns->error_here("`dns` wants `run`, the program that sets a record");
        acme.dns_run = dns->texts("run");
        acme.where_dns_run = dns->where("run", 0);
        if (!acme.dns_run.empty() && !acme.dns_run[0].empty()) {
            if (acme.dns_run[0].contains('/')) acme.dns_run[0] = dns->document().resolve(acme.dns_run[0]);
            else dns->error("run", 0, "the program is named with its path", "/usr/local/bin/dns-hook");
        }
    }
    return acme;
}

void read_log(Table& root, Log& log)
{
    auto table = root.table("log");
    if (!table) return;
    constexpr std::array<std::string_view, 4> forms = {"off", "common", "combined", "json"};
    if (const auto form = table->choice("access", forms)) {
        log.access = *form == 0 ? Log::Access::off : Log::Access::on;
        if (*form > 0) log.format = *parse_log_format(forms[*form]);
    }
    if (auto file = table->path("file")) {
        if (log.access == Log::Access::off) table->warning("file", "with `access = \"off\"` nothing is written there");
        log.file = std::move(*file);
        log.where_file = table->where("file");
    }
    constexpr std::array<std::string_view, 3> levels = {"error", "warning", "info"};
    if (const auto level = table->choice("level", levels)) log.level = static_cast<trace::Level>(*level);
}

}  // namespace

bool Site::has_tls_listener() const { return std::ranges::any_of(listen, &Listen::is_tls); }
bool Site::has_plain_listener() const
{
    return std::ranges::any_of(listen, [](const Listen& one) { return !one.is_tls; });
}

Configuration read_configuration(config::Document& document)
{
    Configuration configuration;
    configuration.file = document.diagnostics().file();
    // Who is handed the file by root serves root's state, whoever he is.
    const bool is_handed = base::handed_file(configuration.file) != nullptr;
    configuration.state = (is_handed ? state_of({true, {}, {}}) : state_of_user()).value_or("");
    configuration.acme.directories.emplace_back(letsencrypt);
    if (!document.is_readable()) return configuration;

    Table root = document.root();
    if (auto state = root.path("state")) configuration.state = std::move(*state);
    configuration.where_state = root.where("state");
    configuration.where_user = root.where("user");
    if (configuration.state.empty() && !root.has("state"))
        root.error(config::Location{}, "there is no home to keep state in: neither XDG_STATE_HOME nor HOME is set",
                   "set `state`");
    configuration.workers = static_cast<unsigned>(root.number("workers", 0, 1024, 0));
    if (auto user = root.text("user")) {
        if (user->empty()) root.error("user", "`user` is empty", "leave it out for www-data, or say root");
        configuration.user = std::move(*user);
    }
    configuration.trust = read_trust(root);
    configuration.acme = read_acme(root);
    if (auto auth = root.table("auth")) {
        if (auto realm = auth->text("realm")) {
            const auto is_wrong = [](char c) {
                return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '"' || c == '\\';
            };
            if (realm->empty() || std::ranges::any_of(*realm, is_wrong))
                auth->error("realm", "`realm` is text without quotes, backslashes and control characters");
            configuration.realm = std::move(*realm);
        }
    }
    read_log(root, configuration.log);
    if (auto limits = root.table("limits")) read_limits(configuration.limits, *limits);

    const std::size_t errors = document.diagnostics().errors();
    auto sites = root.tables("site");
    for (auto& site : sites) configuration.sites.push_back(read_site(site));
    if (sites.empty() && document.diagnostics().errors() == errors)
        document.diagnostics().add(
            {config::Severity::error, {}, "there is no [[site]]: nothing would be served", {}, configuration_page});
    check_sites(configuration, document.diagnostics());
    document.report_unknown();
    return configuration;
}

std::vector<Listen> listeners(const Configuration& configuration)
{
    std::vector<Listen> all;
    for (const auto& site : configuration.sites) {
        for (const auto& listen : site.listen) {
            const auto known = std::ranges::find(all, listen.address, &Listen::address);
            if (known == all.end()) all.push_back(listen);
            else known->may_be_absent = known->may_be_absent && listen.may_be_absent;
        }
    }
    return all;
}

}  // namespace cais::server
