#include "server/automatic_certificates.h"

#include "base/text.h"
#include "config/file.h"

#include <algorithm>

namespace cais::server {
namespace {

// Longer than any attempt: five minutes for each wait for an authority.
constexpr auto renew_time = std::chrono::minutes(30);
constexpr std::size_t most_authorities = std::size_t{1} << 20;

// What a renewal came to, for who waits for it and the manager; either may be gone before the other.
struct Awaited {
    io::Event ended;
    acme::Manager::Renewed outcome;
};

acme::Settings settings_of(const Acme& acme)
{
    acme::Settings settings;
    settings.email = acme.email;
    settings.profile = acme.profile;
    settings.dns = acme.dns_run;
    for (const auto& directory : acme.directories) {
        acme::AuthoritySettings authority{directory};
        if (const auto account = acme.accounts.find(directory); account != acme.accounts.end())
            authority.account = acme::ExternalAccount{account->second.id, account->second.key};
        settings.authorities.push_back(std::move(authority));
    }
    return settings;
}

}  // namespace

AutomaticCertificates::AutomaticCertificates(std::shared_ptr<tls::Certificates> table)
    : table_(std::move(table))
{
}

std::vector<acme::Name> AutomaticCertificates::new_names(const Configuration& configuration) const
{
    std::vector<acme::Name> names;
    for (auto& wanted : automatic_names(configuration))
        if (manager_ && !manager_->has(wanted.name)) names.push_back(std::move(wanted.name));
    return names;
}

std::expected<AutomaticCertificates::Prepared, std::string> AutomaticCertificates::prepare(
    const Acme& acme, const std::vector<acme::Name>& names) const
{
    Prepared prepared{settings_of(acme), {}};
    if (!acme.ca.empty()) {
        auto file = config::read_file(acme.ca, most_authorities);
        if (!file) return std::unexpected("`acme.ca`: " + acme.ca + ": " + base::describe(file.error()));
        prepared.settings.ca = std::move(file->content);
    }
    if (manager_) prepared.saved = manager_->saved(names);
    return prepared;
}

std::expected<void, std::string> AutomaticCertificates::apply(const Configuration& configuration, Prepared prepared)
{
    auto names = automatic_names(configuration);
    if (manager_) {
        manager_->change(std::move(prepared.settings), std::move(names), std::move(prepared.saved));
        return {};
    }
    const std::string folder = configuration.state + "/acme";
    auto manager = std::make_unique<acme::Manager>(folder, *table_);
    auto started = manager->start(std::move(prepared.settings), std::move(names));
    if (!started) return std::unexpected(folder + ": " + base::describe(started.error()));
    manager_ = std::move(manager);
    return {};
}

io::Task<void> AutomaticCertificates::keep(AutomaticCertificates& automatic)
{
    if (automatic.manager_) co_await automatic.manager_->run();
}

std::optional<std::string> AutomaticCertificates::find(std::string_view token) const
{
    return manager_ ? manager_->challenges().find(token) : std::nullopt;
}

io::Task<ControlAnswer> AutomaticCertificates::run(std::string argument)
{
    if (!manager_) co_return ControlAnswer{false, "no site gets certificates by itself"};
    auto awaited = std::make_shared<Awaited>();
    std::string name;
    for (const char c : argument) name += base::to_lower(c);
    manager_->renew(std::move(name), [awaited](acme::Manager::Renewed outcome) {
        awaited->outcome = std::move(outcome);
        awaited->ended.set();
    });
    auto ended = co_await awaited->ended.wait(renew_time);
    if (!ended) co_return ControlAnswer{false, "no outcome yet; the log will say"};
    if (awaited->outcome) co_return ControlAnswer{true, *awaited->outcome};
    co_return ControlAnswer{false, awaited->outcome.error()};
}

std::vector<acme::Wanted> automatic_names(const Configuration& configuration)
{
    // Port 80 and 443 of the name are asked; who leads there to which of our listeners is not ours to know.
    const auto has = [&](bool is_tls) {
        return std::ranges::any_of(configuration.sites, [&](const Site& site) {
            return std::ranges::any_of(site.listen, [&](const Listen& listen) { return listen.is_tls == is_tls; });
        });
    };
    const bool has_plain = has(false);
    const bool has_tls = has(true);
    std::vector<acme::Wanted> names;
    for (const auto& site : configuration.sites) {
        if (site.tls.from != SiteTls::From::automatic || !site.has_tls_listener()) continue;
        for (const auto& named : site.hosts) {
            if (named.host.kind == Host::Kind::any) continue;
            acme::Name name{named.host.text()};
            const auto is_same = [&](const acme::Wanted& other) { return other.name == name; };
            if (std::ranges::any_of(names, is_same)) continue;
            names.push_back({std::move(name), has_plain, has_tls});
        }
    }
    return names;
}

}  // namespace cais::server
