#include "server/site_fields.h"

#include "base/text.h"

namespace cais::server {

using http::Name;

SiteFields::SiteFields(const Site& site, const headers::Config* route)
{
    if (site.headers) rules_ = route != nullptr ? site.headers->rules.without(route->rules) : site.headers->rules;
    if (!site.hsts) return;
    hsts_ = "max-age=";
    base::append_decimal(hsts_,
                         static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(*site.hsts).count()));
}

void SiteFields::apply(const http::Request& request, http::Response& response) const
{
    // Never in the clear: whoever is in between could write it (§7.2).
    if (!hsts_.empty() && request.connection->security != nullptr)
        response.fields.set(Name::strict_transport_security, hsts_);
    rules_.apply(request, response);
}

// No coroutine of its own where there is nothing to do.
io::Task<http::Response> WithSiteFields::handle(http::Request& request)
{
    if (fields_.has_none_for(request)) return next_->handle(request);
    return ask_and_apply(request);
}

io::Task<http::Response> WithSiteFields::ask_and_apply(http::Request& request)
{
    auto response = co_await next_->handle(request);
    fields_.apply(request, response);
    co_return response;
}

}  // namespace cais::server
