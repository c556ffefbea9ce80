// What an authority says, from JSON to types: RFC 8555 §7.1, RFC 9773 §4. The authority is trusted to issue, not to be
// right: every answer is read strictly where it decides something, and what is not known is passed over.
//
// All functions: Errors  malformed: no JSON, a member that is missing or of another type, a URL that is not https
// (§6.1; a redirect to the clear is how an account would be lost), or far more of something than there can be.
#pragma once
#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cais::acme {

// §7.1.1
struct Directory {
    std::string new_nonce;
    std::string new_account;
    std::string new_order;
    std::string renewal_info;           // empty: the authority does not say when to renew (RFC 9773 §3)
    std::string terms;                  // a link for people; may be empty
    std::vector<std::string> profiles;  // names; empty: it has none
    bool needs_external_account = false;

    [[nodiscard]] static Result<Directory> read(std::string_view json);
};

// RFC 7807 as §6.7 uses it; what can be read of it, since it is only ever shown, or compared.
struct Problem {
    std::string type;    // without "urn:ietf:params:acme:error:" where it begins so
    std::string detail;  // as the authority wrote it; not fit for a terminal

    // What there is, in one line that is safe to print and of bounded length.
    [[nodiscard]] std::string text() const;
    // Empty where it is none. What is no problem document at all has neither.
    [[nodiscard]] static Problem read(std::string_view json);
};

enum class Status : std::uint8_t { pending, ready, processing, valid, invalid };  // what ends otherwise is invalid, too

// §7.1.3
struct Order {
    Status status = Status::pending;
    std::vector<std::string> authorizations;
    std::string finalize;
    std::string certificate;  // once it is valid
    Problem error;

    [[nodiscard]] static Result<Order> read(std::string_view json);
};

// §7.1.5, §8
struct Challenge {
    std::string type;
    std::string url;
    std::string token;  // base64url, checked: it becomes a part of paths
    Status status = Status::pending;
    Problem error;
};

// §7.1.4
struct Authorization {
    std::string identifier;  // its value; without "*."
    Status status = Status::pending;
    std::vector<Challenge> challenges;  // those of types that have a token

    [[nodiscard]] const Challenge* find(std::string_view type) const;
    [[nodiscard]] static Result<Authorization> read(std::string_view json);
};

// RFC 9773 §4.2
struct RenewalInfo {
    base::Seconds start;
    base::Seconds end;  // after start

    [[nodiscard]] static Result<RenewalInfo> read(std::string_view json);
};

// A moment as RFC 3339 §5.6 writes it; fractions of a second are cut off.
[[nodiscard]] std::optional<base::Seconds> parse_timestamp(std::string_view text);

}  // namespace cais::acme
