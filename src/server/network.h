// Network: a block of addresses, "10.0.0.0/8" (RFC 4632 §3.1, RFC 4291 §2.3), or one address.
#pragma once
#include "base/result.h"
#include "io/address.h"

#include <string>
#include <string_view>

namespace cais::server {

struct Network {
    io::Address address = {};  // its port is 0
    unsigned bits = 0;         // of the prefix

    // Errors    malformed: no address, more bits than it has, or bits set behind the prefix.
    [[nodiscard]] static Result<Network> parse(std::string_view text);

    // Whether the address lies in it, whatever its port. IPv4 in IPv6 (::ffff:0:0/96) counts as IPv4.
    [[nodiscard]] bool has(const io::Address& other) const noexcept;

    [[nodiscard]] std::string text() const;

    bool operator==(const Network&) const = default;
};

}  // namespace cais::server
