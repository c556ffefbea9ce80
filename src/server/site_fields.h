// What every response of a site gets: its `headers` rules, and Strict-Transport-Security over TLS (RFC 6797 §7.1,
// §7.2).
#pragma once
#include "http/handler.h"
#include "modules/headers/headers.h"
#include "server/configuration.h"

#include <string>

namespace cais::server {

class SiteFields {
public:
    // `site` outlives it. `route`, where given, has rules of its own for some fields: those win.
    explicit SiteFields(const Site& site, const headers::Config* route = nullptr);

    // Whether it would change nothing, ever, or for this request.
    [[nodiscard]] bool empty() const noexcept { return rules_.empty() && hsts_.empty(); }
    [[nodiscard]] bool has_none_for(const http::Request& request) const noexcept
    {
        return rules_.empty() && (hsts_.empty() || request.connection->security == nullptr);
    }
    void apply(const http::Request& request, http::Response& response) const;

private:
    headers::Rules rules_;
    std::string hsts_;  // "max-age=15552000"; empty: none
};

// The outermost of a route's handlers, where its site has such fields.
class WithSiteFields final : public http::Handler {
public:
    // `next` outlives it.
    WithSiteFields(SiteFields fields, http::Handler& next) noexcept
        : fields_(std::move(fields))
        , next_(&next)
    {
    }
    [[clang::coro_wrapper]] io::Task<http::Response> handle(http::Request& request) override;

private:
    [[nodiscard]] io::Task<http::Response> ask_and_apply(http::Request& request);

    SiteFields fields_;
    http::Handler* next_;
};

}  // namespace cais::server
