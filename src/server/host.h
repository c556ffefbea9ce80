// Host: a name that a site has: `hosts = ["example.com", "*.example.com", "192.0.2.7", "*"]`.
#pragma once
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cais::server {

struct Host {
    enum class Kind : std::uint8_t {
        name,      // "example.com"
        wildcard,  // "*.example.com": one label more, as certificates have it (RFC 9525 §6.3)
        address,   // "192.0.2.7", "2001:db8::1"
        any,       // "*": what no other site has
    };
    Kind kind = Kind::any;
    std::string name = {};  // in lower case, without a last dot; of a wildcard without "*."; of an address as the
                            // system writes it, without brackets; of `any` empty

    // Errors    malformed: a sentence. A name is of letters, digits and hyphens (RFC 952, RFC 1123 §2.1), also "_"; of
    //           other scripts it has its xn-- form (RFC 5890).
    [[nodiscard]] static Result<Host> parse(std::string_view text);

    // As it was written, but for case: "*.example.com".
    [[nodiscard]] std::string text() const;

    // Whether it is of this machine or of a private network (tls/local_name.h), so that no public authority can vouch
    // for it, and our own may.
    [[nodiscard]] bool is_local() const;

    bool operator==(const Host&) const = default;
};

}  // namespace cais::server
