#include "tls/sessions.h"

#include "tls/openssl.h"

#include <algorithm>

namespace cais::tls {
namespace {

// Where the sessions of a connection go; they come after the handshake, with what is read.
struct Place {
    Sessions* sessions;
    std::string server;
};

int index_of_place()
{
    static const int index =
        SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, [](void*, void* place, CRYPTO_EX_DATA*, int, long, void*) {
            delete static_cast<Place*>(place);
        });
    return index;
}

int keep(SSL* ssl, SSL_SESSION* session)
{
    const auto* place = static_cast<const Place*>(SSL_get_ex_data(ssl, index_of_place()));
    if (place == nullptr || SSL_SESSION_is_resumable(session) != 1) return 0;
    place->sessions->put(place->server, session);
    return 1;
}

}  // namespace

void Sessions::install(ssl_ctx_st* context)
{
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep);
}

Sessions::~Sessions()
{
    for (const auto& kept : kept_) SSL_SESSION_free(kept.session);
}

void Sessions::put(const std::string& server, ssl_session_st* session)
{
    kept_.push_front({server, session});
    std::size_t of_server = 0;
    for (auto at = kept_.begin(); at != kept_.end();) {
        const bool is_one_too_many = at->server == server && ++of_server > most_of_server;
        if (!is_one_too_many && (kept_.size() <= most || std::next(at) != kept_.end())) {
            ++at;
            continue;
        }
        SSL_SESSION_free(at->session);
        at = kept_.erase(at);
    }
}

void Sessions::use(ssl_st* ssl, const std::string& server)
{
    SSL_set_ex_data(ssl, index_of_place(), new Place{this, server});
    const auto found = std::ranges::find(kept_, server, &Kept::server);
    if (found == kept_.end()) return;
    SSL_set_session(ssl, found->session);
    SSL_SESSION_free(found->session);
    kept_.erase(found);
}

}  // namespace cais::tls
