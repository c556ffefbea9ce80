// One certificate, from the order to the file on disk: RFC 8555 §7.4 and §7.5.
#pragma once
#include "acme/challenges.h"
#include "acme/session.h"
#include "tls/certificates.h"

#include <string>
#include <vector>

namespace cais::acme {

inline constexpr const char* http_01 = "http-01";          // RFC 8555 §8.3
inline constexpr const char* dns_01 = "dns-01";            // §8.4
inline constexpr const char* tls_alpn_01 = "tls-alpn-01";  // RFC 8737

// What answers an authority that looks whether a name is ours.
struct Means {
    Challenges& tokens;               // http-01
    tls::Certificates& certificates;  // tls-alpn-01
    std::vector<std::string> dns;     // dns-01: the program and its first arguments; empty: none
};

struct Wish {
    Name name;
    std::string challenge;      // which type to answer
    std::string profile = {};   // empty: the authority's own choice
    std::string replaces = {};  // the id of the certificate that this renews (RFC 9773 §5); may be empty
};

// Everything but `session` is copied or outlives the call. When it returns an issue, that was checked and is on the
// disk. An order that was about to be finalized when the program ended is gone on with.
// Limits    five minutes for each wait for the authority, two for the program.
// Errors    not_validated: another challenge may do; refused, unreachable, ours, cancelled.
[[nodiscard]] io::Task<Outcome<Issue>> obtain(Session& session, Wish wish, Means means, State state);

}  // namespace cais::acme
