#include "server/listener_tls.h"

#include "server/tracing.h"

#include <algorithm>
#include <fmt/format.h>

namespace cais::server {
namespace {

template <class T>
using Made = std::expected<std::shared_ptr<const T>, std::string>;

Made<tls::Identity> identity_of(const Site& site)
{
    auto identity = std::make_shared<tls::Identity>();
    for (const auto& files : site.tls.files) {
        auto certificate = tls::Certificate::load(files.certificate, files.key);
        if (!certificate)
            return std::unexpected(fmt::format("the certificate {} with the key {}: {}", files.certificate, files.key,
                                               base::describe(certificate.error())));
        const auto has_kind = [&](const auto& other) { return other->key_kind() == (*certificate)->key_kind(); };
        if (std::ranges::any_of(identity->certificates, has_kind))
            return std::unexpected(
                fmt::format("the certificate {}: its key is of the same kind as another's of this site; "
                            "one of each kind is presented",
                            files.certificate));
        identity->certificates.push_back(std::move(*certificate));
    }
    return identity;
}

Made<tls::ClientRules> rules_of(const ClientRules& rules)
{
    const auto verify = rules.is_required ? tls::ClientRules::Verify::required : tls::ClientRules::Verify::optional;
    auto loaded = tls::ClientRules::load(rules.authority, verify);
    if (loaded) return std::move(*loaded);
    return std::unexpected(
        fmt::format("the authority of clients {}: {}", rules.authority, base::describe(loaded.error())));
}

}  // namespace

std::expected<ListenerTls, std::string> make_listener_tls(const Configuration& configuration,
                                                          std::span<const std::uint32_t> numbers, const TlsState& state)
{
    ListenerTls made;
    made.client_rules.resize(configuration.sites.size());
    // Each file once, however many listeners present it.
    std::vector<tls::ServerSite> sites(configuration.sites.size());
    for (std::size_t i = 0; i < sites.size(); ++i) {
        const Site& site = configuration.sites[i];
        if (!site.has_tls_listener()) continue;
        for (const auto& named : site.hosts) sites[i].hosts.push_back(named.host.text());
        if (site.tls.from == SiteTls::From::files) {
            auto identity = identity_of(site);
            if (!identity) return std::unexpected(std::move(identity.error()));
            sites[i].identity = std::move(*identity);
        }
        if (site.tls.clients) {
            auto rules = rules_of(*site.tls.clients);
            if (!rules) return std::unexpected(std::move(rules.error()));
            sites[i].clients = std::move(*rules);
            made.client_rules[i] = sites[i].clients->id();
        }
    }
    const auto all = listeners(configuration);
    for (std::size_t place = 0; place < all.size() && place < numbers.size(); ++place) {
        if (!all[place].is_tls || numbers[place] == 0) continue;
        tls::ServerSettings settings{.sites = {}, .certificates = state.certificates, .ticket_keys = state.ticket_keys};
        if (configuration.tracing) settings.key_log = configuration.tracing->key_log();
        for (std::size_t i = 0; i < sites.size(); ++i) {
            const auto& listen = configuration.sites[i].listen;
            if (std::ranges::find(listen, all[place].address, &Listen::address) != listen.end())
                settings.sites.push_back(sites[i]);
        }
        auto context = tls::ServerContext::make(std::move(settings));
        if (!context)
            return std::unexpected(
                fmt::format("TLS at {}: {}", all[place].address.text(), base::describe(context.error())));
        made.contexts.emplace(numbers[place], std::move(*context));
    }
    return made;
}

}  // namespace cais::server
