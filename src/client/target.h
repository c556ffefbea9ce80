// Target: an http or https URL as a client asks for it: whom, for what, and as whom.
#pragma once
#include "client/origin.h"

#include <optional>
#include <string>
#include <string_view>

namespace cais::client {

struct Credentials {
    std::string user;
    std::string password;
    bool operator==(const Credentials&) const = default;
};

// "Basic …" (RFC 7617 §2).
[[nodiscard]] std::string basic_authorization(const Credentials& credentials);

struct Target {
    uri::HttpUrl url;
    std::optional<Credentials> credentials = {};  // of the URL, its escapes undone; never sent as part of it

    // Errors    malformed: it is none; unsupported: another scheme.
    [[nodiscard]] static Result<Target> parse(std::string_view text);
    // What a Location says, from here (RFC 9110 §10.2.2). Errors: as parse.
    [[nodiscard]] Result<Target> follow(std::string_view reference) const;

    [[nodiscard]] Origin origin() const { return Origin::of(url); }
    [[nodiscard]] std::string text() const { return url.text(); }  // without credentials
};

}  // namespace cais::client
