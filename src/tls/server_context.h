// ServerContext: how one listener speaks TLS: which name gets which certificate, which site asks clients for one.
// Immutable once made, shared by all loops; a reload makes a new one, and connections keep nothing of it after their
// handshake.
//
// Policy, the same everywhere: TLS 1.3 and 1.2 (RFC 9325 §3.1), forward secrecy and AEAD only (§4.1, §4.2), in our
// order; no renegotiation, no compression, no early data (§3.5, §3.3; RFC 8446 §8).
//
// | the client asks for                          | it gets                                                        |
// | -------------------------------------------- | -------------------------------------------------------------- |
// | a name of a site                             | that site's certificate, of the key kind that it can use       |
// | … whose first certificate is not there yet   | an alert; the log says why                                     |
// | another name                                 | the certificate of the listener's default site                 |
// | no name                                      | that of the address it came to, where a site has it; else that |
// | `acme-tls/1` alone                           | the challenge of that name (RFC 8737); none: an alert          |
// | protocols of which we speak none             | an alert, no_application_protocol (RFC 7301 §3.2)              |
#pragma once
#include "base/result.h"
#include "tls/certificates.h"
#include "tls/client_rules.h"
#include "tls/key_log.h"
#include "tls/ticket_keys.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;

namespace cais::tls {

// One site of a listener.
struct ServerSite {
    std::vector<std::string> hosts;                   // "example.com", "*.example.com", "192.0.2.1", "*"; lower case
    std::shared_ptr<const Identity> identity = {};    // from its files; null: looked up in `certificates` by name
    std::shared_ptr<const ClientRules> clients = {};  // null: nobody is asked
};

struct ServerSettings {
    std::vector<ServerSite> sites;                      // the default is that of "*", else the first; at least one
    std::shared_ptr<const Certificates> certificates;   // null: only what sites bring themselves
    std::shared_ptr<TicketKeys> ticket_keys;            // null: sessions do not resume
    std::vector<std::string> protocols = {"http/1.1"};  // of ALPN, the best first
    std::shared_ptr<KeyLog> key_log = {};               // null: secrets are nobody's
};

class ServerContext {
public:
    // Errors    unsupported: a certificate that OpenSSL refuses to present (signed with SHA-1, say).
    [[nodiscard]] static Result<std::shared_ptr<const ServerContext>> make(ServerSettings settings);
    ~ServerContext();
    ServerContext(const ServerContext&) = delete;
    ServerContext& operator=(const ServerContext&) = delete;

    [[nodiscard]] const ServerSettings& settings() const noexcept { return settings_; }

    // The site of a name in lower case: the exact host, the wildcard, else the default one. `is_known`: not by default
    // alone.
    struct Found {
        const ServerSite* site;
        bool is_known;
    };
    [[nodiscard]] Found site_of(std::string_view name) const;

    // For this folder.
    [[nodiscard]] ssl_ctx_st* get() const noexcept { return context_; }

private:
    ServerContext() = default;
    ServerSettings settings_;
    std::map<std::string, const ServerSite*, std::less<>> by_host_;
    const ServerSite* default_ = nullptr;
    ssl_ctx_st* context_ = nullptr;
};

}  // namespace cais::tls
