// ClientContext: how we speak TLS to servers: whom we believe, what we offer, who we are. Immutable once made, shared
// by all loops. TLS 1.3 and 1.2, forward secrecy and AEAD only, as our server has it, and keys of 112 bits of security
// at least (RSA from 2048 bits). A file of OpenSSL's configuration changes that only where it is asked for.
#pragma once
#include "base/result.h"
#include "io/descriptor.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;

namespace cais::tls {

struct ClientSettings {
    std::vector<std::string> authorities = {};          // PEM files, instead of the system's store
    std::optional<std::string> trusted = {};            // PEM, of the same meaning; neither: the system's store
    std::vector<std::string> protocols = {"http/1.1"};  // offered by ALPN, the best first; empty: none
    bool verifies = true;                               // false: anybody is spoken to, whoever it is
    std::string certificate = {};                       // who we are, a PEM file with its chain; empty: nobody
    std::string key = {};                               // its key; empty: in the same file
    std::string revocations = {};  // a PEM file of CRLs: every certificate of a chain must have one (RFC 5280 §6.3)
    std::string key_log = {};      // where secrets are written for who watches the wire (NSS key log), 0600
    // A file that OPENSSL_CONF names is read, and its section `system_default` is heard of after our own policy.
    bool hears_openssl_configuration = false;
};

// Which part of the settings something is wrong with.
enum class ClientPart : std::uint8_t { library, authorities, certificate, key, revocations, key_log };

// Whom we believe, for people. Where neither says: the system's store.
struct Trust {
    std::string_view source;  // "system", "SSL_CERT_FILE", "SSL_CERT_DIR", "option", "nobody"; static
    std::string file = {};
    std::string folder = {};  // looked into by the hash of an issuer's name, so that no bundle is read
};

class ClientContext {
public:
    // Where no authorities are named: SSL_CERT_FILE and SSL_CERT_DIR, as OpenSSL has them; without them /etc/ssl/certs
    // by hashed names, or what bundle there is.
    // Errors    what opening or reading a file came to; malformed: there is no certificate, key or CRL in one, or the
    //           key is another one's; denied: the key is encrypted. `part`, if not null, says what it was about.
    [[nodiscard]] static Result<std::shared_ptr<const ClientContext>> make(const ClientSettings& settings,
                                                                           ClientPart* part = nullptr);
    ~ClientContext();
    ClientContext(const ClientContext&) = delete;
    ClientContext& operator=(const ClientContext&) = delete;

    [[nodiscard]] const Trust& trust() const noexcept { return trust_; }
    [[nodiscard]] bool verifies() const noexcept { return verifies_; }
    [[nodiscard]] const std::vector<std::string>& protocols() const noexcept { return protocols_; }

    // For this folder.
    [[nodiscard]] ssl_ctx_st* get() const noexcept { return context_; }
    void log_key(std::string_view line) const noexcept;

private:
    ClientContext() = default;
    [[nodiscard]] Result<void> believe(const ClientSettings& settings);
    [[nodiscard]] Result<void> believe_system();
    [[nodiscard]] Result<void> present(const ClientSettings& settings, ClientPart& part);
    [[nodiscard]] Result<void> revoke(const std::string& file);
    [[nodiscard]] Result<void> open_key_log(const std::string& file);

    ssl_ctx_st* context_ = nullptr;
    Trust trust_;
    bool verifies_ = true;
    std::vector<std::string> protocols_;
    io::Descriptor key_log_;
};

}  // namespace cais::tls
