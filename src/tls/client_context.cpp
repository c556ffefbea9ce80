#include "tls/client_context.h"

#include "tls/openssl.h"
#include "tls/policy.h"

#include <cassert>
#include <cstdlib>

namespace cais::tls {
namespace {

// Where Debian, and most others, keep the system's store. The library itself was told of a link to it that comes with
// another package.
constexpr const char* system_folder = "/etc/ssl/certs";

std::string wire_form(const std::vector<std::string>& protocols)
{
    std::string list;
    for (const auto& protocol : protocols) {
        assert(!protocol.empty() && protocol.size() < 256);
        list += static_cast<char>(protocol.size());
        list += protocol;
    }
    return list;
}

}  // namespace

ClientContext::~ClientContext() { SSL_CTX_free(context_); }

Result<std::shared_ptr<const ClientContext>> ClientContext::make(const ClientSettings& settings)
{
    initialise();
    const std::shared_ptr<ClientContext> made(new ClientContext);
    SSL_CTX* context = made->context_ = SSL_CTX_new(TLS_client_method());
    if (context == nullptr || !apply_policy(context)) return fail_openssl(Error::failed, "make a context for TLS");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    for (const auto& file : settings.authorities) {
        if (SSL_CTX_load_verify_file(context, file.c_str()) != 1)
            return fail_openssl(Error::malformed, "there is no certificate in it");
    }
    if (settings.authorities.empty()) {
        SSL_CTX_set_default_verify_paths(context);
        if (::secure_getenv(X509_get_default_cert_dir_env()) == nullptr)
            SSL_CTX_load_verify_dir(context, system_folder);
        ERR_clear_error();
    }
    const std::string protocols = wire_form(settings.protocols);
    if (!protocols.empty() && SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(protocols.data()),
                                                      static_cast<unsigned>(protocols.size())) != 0)
        return fail_openssl(Error::failed, "offer protocols by ALPN");
    return std::shared_ptr<const ClientContext>(made);
}

}  // namespace cais::tls
