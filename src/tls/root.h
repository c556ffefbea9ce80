// Root: the certificate of a local authority, without its key: what is put into stores, and told to people.
#pragma once
#include "base/clock.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace cais::tls {

struct Root {
    std::string name;         // "cais local authority 3f9c01ab"
    std::string certificate;  // PEM, it alone
    std::string fingerprint;  // SHA-256, "AB:CD:…"
    base::Seconds not_after;

    // The first certificate in `pem`.
    // Errors    malformed: there is none; denied: it is no local authority's: no authority at all, or its critical name
    //           constraints (RFC 5280 §4.2.1.10) would let it vouch for more than local names. An expired one is none.
    [[nodiscard]] static Result<Root> from_pem(std::string_view pem);
};

}  // namespace cais::tls
