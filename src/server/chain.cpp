#include "server/chain.h"

#include "server/modules.h"
#include "server/site_fields.h"

namespace cais::server {

Result<Chain> Chain::make(const Site& site, const Route& route, const http::Limits& limits,
                          const std::shared_ptr<auth::Realm>& realm)
{
    Chain chain;
    auto module = make_module(route.module, limits);
    if (!module) return std::unexpected(module.error());
    chain.handlers_.push_back(std::move(*module));
    const auto wrap = [&chain]<class Wrapper, class... Arguments>(std::type_identity<Wrapper>,
                                                                  Arguments&&... arguments) {
        http::Handler& next = chain.first();
        chain.handlers_.push_back(std::make_unique<Wrapper>(std::forward<Arguments>(arguments)..., next));
    };
    const http::MethodSet offered = methods_of(route.module);
    // From the inside out: wrappers_of() the other way round.
    if (route.strip) wrap(std::type_identity<rewrite::Strip>(), *route.strip);
    if (route.rewrite) wrap(std::type_identity<rewrite::Rewrite>(), *route.rewrite);
    if (route.methods) wrap(std::type_identity<methods::Methods>(), *route.methods, offered);
    if (route.headers) wrap(std::type_identity<headers::Headers>(), *route.headers);
    if (route.auth) wrap(std::type_identity<auth::Auth>(), *route.auth, realm);
    if (route.cors) wrap(std::type_identity<cors::Cors>(), *route.cors, offered);
    SiteFields fields(site, route.headers ? &*route.headers : nullptr);
    if (!fields.empty()) wrap(std::type_identity<WithSiteFields>(), std::move(fields));
    return chain;
}

std::vector<std::string_view> wrappers_of(const Route& route)
{
    std::vector<std::string_view> wrappers;
    if (route.cors) wrappers.emplace_back("cors");
    if (route.auth) wrappers.emplace_back("auth");
    if (route.headers) wrappers.emplace_back("headers");
    if (route.methods) wrappers.emplace_back("methods");
    if (route.rewrite) wrappers.emplace_back("rewrite");
    if (route.strip) wrappers.emplace_back("strip");
    return wrappers;
}

}  // namespace cais::server
