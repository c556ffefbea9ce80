#include "modules/auth/user_file.h"
#include "modules/auth/users.h"
#include "server/inspect.h"
#include "tls/authority.h"

#include <algorithm>
#include <fmt/format.h>

namespace cais::server {
namespace {

void look_at_users(const Configuration& configuration, config::Diagnostics& diagnostics)
{
    const auto has_auth = [](const Route& route) { return route.auth.has_value(); };
    if (std::ranges::none_of(configuration.sites,
                             [&](const Site& site) { return std::ranges::any_of(site.routes, has_auth); }))
        return;
    const std::string path = configuration.state + "/users";
    const auto read = auth::read_users(path);
    if (!read || !read->identity.exists) return;
    const auth::Users users(read->text, configuration.realm);
    const auto is_there = [&](const auth::Config::Mention& mention) {
        if (!mention.is_group) return users.find(mention.name) != nullptr;
        return std::ranges::any_of(users.all(), [&](const auth::User& user) { return user.is_in(mention.name); });
    };
    for (const auto& site : configuration.sites) {
        for (const auto& route : site.routes) {
            if (!route.auth) continue;
            for (const auto& mention : route.auth->mentions) {
                if (is_there(mention)) continue;
                diagnostics.add({config::Severity::warning, mention.where,
                                 mention.is_group ? fmt::format("nobody is in the group `{}`", mention.name)
                                                  : fmt::format("there is no user `{}`", mention.name),
                                 mention.is_group ? fmt::format("`cais user group NAME --add {}`", mention.name)
                                                  : fmt::format("`cais user add {}`", mention.name),
                                 "docs/users.md"});
            }
        }
    }
}

void look_at_authority(const Configuration& configuration, config::Diagnostics& diagnostics)
{
    const auto wanted = std::ranges::find_if(configuration.sites, [](const Site& site) {
        return site.tls.from == SiteTls::From::internal && site.has_tls_listener();
    });
    if (wanted == configuration.sites.end()) return;
    const std::string folder = tls::Authority::folder_in(configuration.state);
    const auto authority = tls::Authority::read(folder);
    if (authority || authority.error().kind == Error::not_found) return;  // it is made when it is first wanted
    diagnostics.add({config::Severity::error, wanted->tls.where,
                     fmt::format("{}: {}", folder, base::describe(authority.error())), "", "docs/local-https.md"});
}

}  // namespace

void inspect_state(const Configuration& configuration, config::Diagnostics& diagnostics)
{
    if (configuration.state.empty()) return;  // there is no home: nothing is kept anywhere
    look_at_users(configuration, diagnostics);
    look_at_authority(configuration, diagnostics);
}

}  // namespace cais::server
