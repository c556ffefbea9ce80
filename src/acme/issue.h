// One certificate that an authority issued to us, with its key: checked before anybody uses it, and as a file.
//
// The file is one, so that neither is ever there without the other: lines for people and for us, the key, then the
// chain from the certificate up. RFC 7468 §2 has parsers of PEM pass over what stands before a block.
#pragma once
#include "acme/name.h"
#include "base/clock.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace cais::acme {

struct Issue {
    Name name;
    std::string authority;  // the URL of its directory
    std::string challenge;  // the type of the one that was answered
    std::string key;        // PEM
    std::string chain;      // PEM, the certificate first

    // Read from the certificate by check().
    base::Seconds not_before{};
    base::Seconds not_after{};
    std::string issuer = {};  // its common name, or organisation, safe to print
    std::string id = {};      // what renewal information is asked by (RFC 9773 §4.1); empty: it has no key identifier

    [[nodiscard]] base::Duration lifetime() const noexcept { return not_after - not_before; }

    // Whether it can be used: the chain is certificates alone, of which each signed the one before; the first is for
    // `name`, and its public key is that of `key`. Not asked: whether its time has come, or has passed; who is at the
    // end of the chain is believed by us for nothing.
    // Errors    malformed: it is not.
    [[nodiscard]] Result<void> check();

    [[nodiscard]] std::string file() const;
    // Of what file() wrote; checked.
    [[nodiscard]] static Result<Issue> parse(std::string_view file);
};

}  // namespace cais::acme
