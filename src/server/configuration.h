// Configuration: everything that the server is told, as types: what a file of TOML says, or the command line of
// `cais serve DIR`. Immutable once read; whatever names a place in the file keeps it, so that who finds a mistake later
// can point at it.
//
//   auto document = config::Document::read("site.toml", server::configuration_page);
//   auto configuration = server::read_configuration(*document);     // always; wrong parts are left out
//   if (document->diagnostics().has_errors()) …                     // then it is not to be used
#pragma once
#include "config/document.h"
#include "io/address.h"
#include "server/host.h"
#include "server/limits.h"
#include "server/log_format.h"
#include "server/network.h"
#include "server/route.h"
#include "trace/log.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cais::server {

class Tracing;

inline constexpr std::string_view configuration_page = "docs/configuration.md";

// An address that a site listens at.
struct Listen {
    io::Address address;
    bool is_tls = false;
    bool may_be_absent = false;  // left out silently where this machine has no such address family
    config::Location where = {};
};

// A certificate and its key, as files.
struct CertificateFiles {
    std::string certificate;  // PEM, the chain with the leaf first
    std::string key;
    config::Location where_certificate = {};
    config::Location where_key = {};
};

// What a site asks of its clients' certificates.
struct ClientRules {
    std::string authority;     // PEM; who may have issued them
    bool is_required = false;  // false: who has none is let in, and is nobody
    config::Location where_authority = {};
    bool is_same(const ClientRules& other) const
    {
        return authority == other.authority && is_required == other.is_required;
    }
};

struct SiteTls {
    enum class From : std::uint8_t {
        off,
        automatic,  // from an authority, by ACME
        internal,   // from our own local authority
        files,
    };
    From from = From::automatic;
    std::vector<CertificateFiles> files = {};  // at least one where they come from files
    std::optional<ClientRules> clients = {};
    config::Location where = {};  // of the site where it has no `tls`; none where what stands there is wrong
};

struct Site {
    struct NamedHost {
        Host host;
        config::Location where = {};
    };
    std::vector<NamedHost> hosts;  // at least one
    std::vector<Listen> listen;    // at least one
    SiteTls tls = {};
    std::optional<base::Duration> hsts = {};  // whole seconds; empty: none is sent
    std::optional<headers::Config> headers = {};
    bool https_redirect = true;  // plain listeners of a site that also has a TLS listener lead there
    std::vector<Route> routes = {};
    config::Location where = {};

    [[nodiscard]] bool has_tls_listener() const;
    [[nodiscard]] bool has_plain_listener() const;
};

struct Acme {
    struct Account {  // external account binding, RFC 8555 §7.3.4
        std::string id;
        std::string key;  // base64url, as the authority gave it
    };
    std::string email = {};
    std::vector<std::string> directories = {};  // URLs, tried in this order
    std::string ca = {};                        // PEM, for the directories' own HTTPS; empty: the system's
    std::string profile = {};
    std::map<std::string, Account> accounts = {};  // by directory
    std::vector<std::string> dns_run = {};         // the program of dns-01 and its first arguments; empty: none
    config::Location where_ca = {};
    config::Location where_dns_run = {};
};

struct Log {
    enum class Access : std::uint8_t {
        by_default,  // common where there is a file, or standard output is a terminal; else off
        off,
        on,
    };
    Access access = Access::by_default;
    LogFormat format = LogFormat::common;
    std::string file = {};  // empty: standard output
    trace::Level level = trace::Level::info;
    config::Location where_file = {};
};

struct Configuration {
    std::string file = {};   // that it was read from; empty: the command line
    std::string state = {};  // the folder of what the server keeps (state.h)
    unsigned workers = 0;    // 0: one a core
    std::string user = {};   // whom to become; empty: www-data where root starts us
    std::vector<Network> trust = {};
    Acme acme = {};
    std::string realm = "cais";
    Log log = {};
    Limits limits = {};
    bool trace_method = false;
    std::shared_ptr<Tracing> tracing = {};  // of the command line; null: nobody listens
    std::vector<Site> sites = {};
    config::Location where_state = {};
    config::Location where_user = {};
};

// Reads the document's tables, checks them for themselves and against each other, and says what is wrong, all of it, in
// the document's diagnostics. Looks at nothing that the file names, but for secrets (`env:`, `file:`).
[[nodiscard]] Configuration read_configuration(config::Document& document);

// The addresses that all sites together listen at, each once, in the order of the file.
[[nodiscard]] std::vector<Listen> listeners(const Configuration& configuration);

// What `letsencrypt` and `staging` stand for in `acme.directory`.
inline constexpr std::string_view letsencrypt = "https://acme-v02.api.letsencrypt.org/directory";
inline constexpr std::string_view letsencrypt_staging = "https://acme-staging-v02.api.letsencrypt.org/directory";

}  // namespace cais::server
