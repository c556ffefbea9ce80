// Users: the text of the file `users` in the state folder, and who is found in it.
//
// A line is a user: the name, then keys, with white space between; empty lines and those that begin with # say nothing.
//
//     ana groups=team,editors password=$argon2id$v=19$m=32768,t=3,p=1$SALT$HASH
//     bob password=… digest=$sha-256$REALM$HASH token=$sha-256$t=1767225600$HASH
//
// | key        | value                                                                                            |
// | ---------- | ------------------------------------------------------------------------------------------------ |
// | `groups`   | names of groups, with commas between                                                             |
// | `password` | a PHC string (password.h)                                                                        |
// | `digest`   | SHA-256 of name:realm:password, and the realm that it was made with (RFC 7616 §3.4.2): whoever   |
// |            | has it can log in by Digest, and may try passwords against it quickly                            |
// | `token`    | SHA-256 of a token, and when it was made; may be there more than once. No slow hash: a token has |
// |            | 256 random bits, which nobody tries out                                                          |
//
// Hashes and the realm are in base 64 without padding. A line that is broken lets nobody in, nor do two with one name.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "modules/auth/password.h"
#include "modules/auth/secrets.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cais::auth {

inline constexpr std::size_t longest_name = 64;  // octets, of a user or a group
inline constexpr std::size_t longest_line = 16 * 1024;
inline constexpr std::size_t largest_file = 16 * 1024 * 1024;
inline constexpr std::size_t most_groups = 64;  // of one user
inline constexpr std::size_t most_tokens = 64;

struct User {
    struct Digest {
        std::string realm;
        Sha256 hash;  // of name:realm:password, RFC 7616 §3.4.2
    };
    struct Token {
        base::Seconds made;
        Sha256 hash;
    };
    std::string name;
    std::vector<std::string> groups;
    std::optional<PasswordHash> password;
    std::optional<Digest> digest;
    std::vector<Token> tokens;

    [[nodiscard]] bool is_in(std::string_view group) const noexcept;
};

// Why there can be no user or group of this name, for a person; empty where there can.
//
// A name is UTF-8 of at most 64 octets, without white space, controls, characters that nobody sees, and any of
// : , = / \ " (which the file, Basic and paths have a meaning for), and does not begin with one of @ # - $ . which mean
// something else where names are written.
[[nodiscard]] std::string_view wrong_with_name(std::string_view name) noexcept;

// One line that is neither empty nor a comment.
// Errors    malformed, unsupported, too_large: with what is wrong with it.
[[nodiscard]] Result<User> parse_user(std::string_view line);
// The same, without the '\n'.
[[nodiscard]] std::string line_of(const User& user);
// The first word; empty for an empty line and a comment.
[[nodiscard]] std::string_view name_in(std::string_view line) noexcept;

// Immutable once it is made: many threads may ask at once.
class Users {
public:
    struct Mistake {
        std::size_t line;  // from 1
        std::string what;
    };

    Users() = default;
    // `realm` is the program's: who is asked for by userhash (RFC 7616 §3.4.4) is found by it.
    // Cost      a hash for each user that has a digest.
    Users(std::string_view text, std::string_view realm);
    Users(Users&&) = delete;  // its tables point into it

    // Null where nobody is.
    [[nodiscard]] const User* find(std::string_view name) const;
    [[nodiscard]] const User* find_hashed(std::string_view userhash) const;  // lower-case hexadecimal
    [[nodiscard]] const User* find_token(const Sha256& hash) const;

    [[nodiscard]] const std::vector<User>& all() const noexcept { return users_; }
    [[nodiscard]] const std::vector<Mistake>& mistakes() const noexcept { return mistakes_; }

private:
    void index(std::string_view realm);

    std::vector<User> users_;
    std::vector<Mistake> mistakes_;
    std::unordered_map<std::string_view, const User*> by_name_;
    std::unordered_map<std::string, const User*> by_userhash_;
    std::unordered_map<std::string_view, const User*> by_token_;
};

// The value of userhash: SHA-256 of name:realm in hexadecimal (RFC 7616 §3.4.4).
[[nodiscard]] std::string userhash_of(std::string_view name, std::string_view realm);

}  // namespace cais::auth
