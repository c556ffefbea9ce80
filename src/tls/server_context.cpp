#include "tls/server_context.h"

#include "tls/handshake.h"
#include "tls/openssl.h"
#include "tls/policy.h"

namespace cais::tls {
ServerContext::~ServerContext() { SSL_CTX_free(context_); }

Result<std::shared_ptr<const ServerContext>> ServerContext::make(ServerSettings settings)
{
    initialise();
    assert(!settings.sites.empty());
    const std::shared_ptr<ServerContext> made(new ServerContext);
    made->settings_ = std::move(settings);
    for (const auto& site : made->settings_.sites)
        for (const auto& host : site.hosts) made->by_host_.emplace(host, &site);
    const auto any = made->by_host_.find("*");
    made->default_ = any != made->by_host_.end() ? any->second : &made->settings_.sites.front();

    SSL_CTX* context = made->context_ = SSL_CTX_new(TLS_server_method());
    if (context == nullptr || !apply_policy(context)) return fail_openssl(Error::failed, "make a context for TLS");
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    // Sessions are in tickets, which the client keeps; nothing of them is kept here.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(
        context, static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(TicketKeys::opening).count()));
    SSL_CTX_set_num_tickets(context, 1);
    if (made->settings_.ticket_keys == nullptr) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    if (made->settings_.ticket_keys == nullptr) SSL_CTX_set_num_tickets(context, 0);
    Handshake::install(context);

    // What the files of a site hold must be something that can be presented: now, not in the first handshake.
    for (const auto& site : made->settings_.sites) {
        if (site.identity == nullptr) continue;
        const std::unique_ptr<SSL, Freed<SSL_free>> trial(SSL_new(context));
        for (const auto& certificate : site.identity->certificates)
            if (SSL_use_cert_and_key(trial.get(), certificate->leaf(), certificate->key(), certificate->intermediates(),
                                     1) != 1)
                return fail_openssl(Error::unsupported, "a certificate that cannot be presented");
    }
    return std::shared_ptr<const ServerContext>(made);
}

ServerContext::Found ServerContext::site_of(std::string_view name) const
{
    if (name.empty()) return {default_, false};
    if (const auto found = by_host_.find(name); found != by_host_.end()) return {found->second, true};
    if (const auto dot = name.find('.'); dot != std::string_view::npos && dot > 0) {
        std::string wildcard = "*";
        wildcard += name.substr(dot);
        if (const auto found = by_host_.find(wildcard); found != by_host_.end()) return {found->second, true};
    }
    return {default_, false};
}

}  // namespace cais::tls
