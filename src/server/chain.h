// Chain: the handlers of one route, made of its configuration: the module, and around it what wraps it.
//
//   limit ▸ cors ▸ auth ▸ headers ▸ methods ▸ compress ▸ cache ▸ rewrite ▸ strip ▸ module
//
// The order is always this one, whatever that of the file. cors is before auth (modules/cors/cors.h says why); methods
// is behind auth, so that who may not ask learns nothing, and behind cors and headers, so that a 405 has their fields;
// rewrite and strip change what the module sees and nobody else.
#pragma once
#include "http/handler.h"
#include "http/limits.h"
#include "server/configuration.h"

#include <memory>
#include <string_view>
#include <vector>

namespace cais::server {

class Chain {
public:
    // `site` and `route`, which is one of its routes, and `limits` outlive it. `realm` is that of routes with `auth`.
    // Errors    those of the module.
    [[nodiscard]] static Result<Chain> make(const Site& site, const Route& route, const http::Limits& limits,
                                            const std::shared_ptr<auth::Realm>& realm);

    [[nodiscard]] http::Handler& first() const noexcept { return *handlers_.back(); }
    void tend()
    {
        for (const auto& handler : handlers_) handler->tend();
    }

private:
    std::vector<std::unique_ptr<http::Handler>> handlers_;  // the module first, then outwards
};

// The wrappers that a route has, by their keys in the configuration, outermost first.
[[nodiscard]] std::vector<std::string_view> wrappers_of(const Route& route);

}  // namespace cais::server
