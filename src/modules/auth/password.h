// Passwords as they are stored: Argon2id (RFC 9106) in the PHC string format,
//
//     $argon2id$v=19$m=32768,t=3,p=1$SALT$HASH
//
// both in base 64 without padding. The parameters follow RFC 9106 §4: three passes, as much memory as can be afforded.
// That is 32 MiB here, half of its second recommended option, since several are hashed at once and a small machine has
// to hold all of them (Realm bounds how many); one lane, because a hash is one job on one thread, where four lanes are
// not faster for us but are for whoever guesses on four cores. Some 70 ms on one core of a small server.
//
// Not done: preparing names and passwords as RFC 8265 says. They are compared octet by octet.
#pragma once
#include "base/result.h"
#include "modules/auth/secrets.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cais::auth {

inline constexpr std::size_t longest_password = 1024;  // octets

class PasswordHash {
public:
    // Reads a stored one. Others than ours are taken within bounds: m up to 256 MiB, t up to 16, p up to 16.
    // Errors    malformed, unsupported: another function or version, or parameters out of bounds.
    [[nodiscard]] static Result<PasswordHash> parse(std::string_view phc);

    // Of a new password, with a salt of its own.
    // Errors    exhausted: no memory.
    // Cost      as above: for a thread that may block.
    [[nodiscard]] static Result<PasswordHash> make(std::string_view password);

    // One with our parameters that no password fits: checking it costs what checking a real one costs.
    [[nodiscard]] static PasswordHash nobody();

    [[nodiscard]] std::string text() const;

    [[nodiscard]] std::string_view salt() const noexcept [[clang::lifetimebound]] { return text_of(salt_); }
    [[nodiscard]] std::string_view hash() const noexcept [[clang::lifetimebound]] { return text_of(hash_); }

    // Whether `password` is the one. As dear as make().
    [[nodiscard]] Result<bool> fits(std::string_view password) const;

private:
    struct Parameters {
        std::uint32_t memory;  // KiB
        std::uint32_t passes;
        std::uint32_t lanes;
    };
    static constexpr Parameters ours = {32 * 1024, 3, 1};
    PasswordHash() = default;
    [[nodiscard]] Result<void> compute(std::string_view password, std::vector<std::uint8_t>& to) const;

    Parameters parameters_ = ours;
    std::vector<std::uint8_t> salt_;
    std::vector<std::uint8_t> hash_;
    bool fits_nobody_ = false;
};

// Why nobody may have this password, for a person; empty where it may be one: UTF-8 without control characters
// (RFC 7617 §2), not empty, at most `longest_password` octets.
[[nodiscard]] std::string_view wrong_with_password(std::string_view password) noexcept;

}  // namespace cais::auth
