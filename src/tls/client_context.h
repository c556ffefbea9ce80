// ClientContext: how we speak TLS to servers: whom we believe, what we offer. Immutable once made, shared by all loops.
// TLS 1.3 and 1.2, forward secrecy and AEAD only, as our server has it. Neither a file of OpenSSL's configuration nor
// its environment changes that; SSL_CERT_FILE and SSL_CERT_DIR say where the system's authorities are.
#pragma once
#include "base/result.h"

#include <memory>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace cais::tls {

struct ClientSettings {
    std::vector<std::string> authorities;               // PEM files, instead of the system's store; empty: that
    std::vector<std::string> protocols = {"http/1.1"};  // offered by ALPN, the best first; empty: none
};

class ClientContext {
public:
    // Errors    what opening or reading a file of authorities came to; malformed: there is no certificate in one.
    [[nodiscard]] static Result<std::shared_ptr<const ClientContext>> make(const ClientSettings& settings);
    ~ClientContext();
    ClientContext(const ClientContext&) = delete;
    ClientContext& operator=(const ClientContext&) = delete;

    // For this folder.
    [[nodiscard]] ssl_ctx_st* get() const noexcept { return context_; }

private:
    ClientContext() = default;
    ssl_ctx_st* context_ = nullptr;
};

}  // namespace cais::tls
