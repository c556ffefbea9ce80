// Authentication of requests: RFC 9110 §11. Wraps what only some users may have.
//
// | request                                            | answer                                                       |
// | -------------------------------------------------- | ------------------------------------------------------------ |
// | one of the route's ways says who it is, and he may | what is wrapped answers; request.user is his name            |
// | it says who it is, and he may not                  | 403                                                          |
// | no credentials; wrong ones; of a way not offered   | 401, a challenge for each way that has one; 403 where only   |
// |                                                    | certificates count                                           |
// | credentials that are none; two of them             | 400                                                          |
// | too many passwords are being hashed                | 503 with Retry-After                                         |
// | the list of users cannot be read                   | 500: nobody gets in                                          |
//
// Whoever fails is slowed down by his address (failures.h; that of request.client), before he is told. A verified
// password is remembered for ten minutes and neither hashed nor slowed down again; a nonce of Digest that came with the
// right password likewise; a token is found or not. `passwd` and `remove` count from the next request on.
//
// Nothing here asks for TLS: over a plain connection Basic and Bearer tell everybody on the way. docs/users.md says so.
#pragma once
#include "config/table.h"
#include "http/handler.h"
#include "modules/auth/digest.h"
#include "modules/auth/realm.h"

#include <memory>
#include <string>
#include <vector>

namespace cais::auth {

// Who may: users by name, and groups, which are written @group.
struct Allowed {
    std::vector<std::string> users;
    std::vector<std::string> groups;

    [[nodiscard]] bool is_empty() const noexcept { return users.empty() && groups.empty(); }
    [[nodiscard]] bool has(const User& user) const noexcept;
};

// What a route's `auth = { … }` says. A way that it does not name is not offered.
struct Config {
    Allowed basic;
    Allowed digest;
    Allowed bearer;
    // By certificate: the user whose name is the subject's one common name; or certificates themselves, which need no
    // user: by subject ("CN=ana,O=Example", RFC 4514) or by "sha256:" and the digest of its DER.
    Allowed certificate;
    std::vector<std::string> subjects;
    std::vector<std::string> certificate_digests;
    // Every user and group that is named, and where in the file.
    struct Mention {
        std::string name;  // without its @
        bool is_group = false;
        config::Location where = {};
    };
    std::vector<Mention> mentions;

    [[nodiscard]] bool takes_certificates() const noexcept
    {
        return !certificate.is_empty() || !subjects.empty() || !certificate_digests.empty();
    }
    [[nodiscard]] static Config read(config::Table& table);
};

class Auth final : public http::Handler {
public:
    // `next` outlives it.
    Auth(Config config, std::shared_ptr<Realm> realm, http::Handler& next);

    io::Task<http::Response> handle(http::Request& request) override;

private:
    using HeldState = base::Shared<const HeldUsers>;
    struct Outcome {
        enum Kind : std::uint8_t { allowed, forbidden, unknown, malformed, busy, unreadable, ended };
        Kind kind = unknown;
        bool had_token = false;  // one that nobody has: RFC 6750 §3.1
        Staleness staleness = Staleness::fresh;
        Error why = {};  // of malformed
    };

    // Those as of now, or why there are none.
    [[nodiscard]] io::Task<Outcome::Kind> look(HeldState& users);
    [[nodiscard]] Outcome by_certificate(http::Request& request, const Users& users) const;
    [[nodiscard]] io::Task<Outcome> by_credentials(http::Request& request, HeldState users);
    [[nodiscard]] io::Task<Outcome> by_basic(http::Request& request, std::string_view token, HeldState users);
    [[nodiscard]] io::Task<Outcome> by_digest(http::Request& request, std::string_view parameters, HeldState users);
    [[nodiscard]] io::Task<Outcome> by_bearer(http::Request& request, std::string_view token, HeldState users);
    // Before an attempt that nobody knows the end of. False where the exchange was cancelled.
    [[nodiscard]] io::Task<bool> slow_down(const http::Request& request);
    void count_failure(const http::Request& request);
    [[nodiscard]] static Outcome judge(http::Request& request, const User& user, const Allowed& allowed);
    [[nodiscard]] http::Response refuse(http::Request& request, const Outcome& outcome) const;

    const Config config_;
    const std::shared_ptr<Realm> realm_;
    http::Handler* const next_;
    UserView* view_ = nullptr;  // of our loop, once somebody came
};

}  // namespace cais::auth
