// A jar of cookies: what servers set, and what is sent back to whom (RFC 6265bis §5.7, §5.8). Every request counts as
// one that its user made: SameSite is kept and holds nothing back, for no other site is there that could have asked.
// Files of cookies are cookie_file.h.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "client/set_cookie.h"
#include "uri/http_url.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cais::client {

struct Cookie {
    std::string name = {};
    std::string value = {};
    std::string domain = {};  // lower case, without a leading "."
    std::string path = "/";
    std::optional<base::Seconds> expires = {};  // empty: with the session
    bool is_host_only = true;                   // for this host alone, not for those below it
    bool is_secure = false;                     // over https alone
    bool is_http_only = false;                  // nothing that a page's script may see
    SameSite same_site = SameSite::unset;

    bool operator==(const Cookie&) const = default;
};

class CookieJar {
public:
    static constexpr std::size_t most_cookies = 3000;   // beyond, the one goes that was not used for the longest time
    static constexpr std::size_t most_of_domain = 180;  // the same, those that are not secure first

    // What an answer from `from` said in one Set-Cookie line. One whose time is over removes the cookie that it names.
    // Errors    as SetCookie::parse; denied: for another host or a public suffix, Secure over http, or it would stand
    //           before a secure cookie. The jar is as it was.
    Result<void> set(const uri::HttpUrl& from, std::string_view set_cookie, base::Seconds now);

    // The value of the field Cookie for a request; empty: none goes there. Longer paths first, then older cookies.
    [[nodiscard]] std::string field(const uri::HttpUrl& url, base::Seconds now);

    // One that is known whole, from a file.
    // Errors    denied: for a public suffix; malformed, too_large: one that no Set-Cookie could have made.
    Result<void> add(Cookie cookie, base::Seconds now);

    // Oldest first, those whose time is over among them until remove_expired. Until the jar is changed.
    [[nodiscard]] std::vector<const Cookie*> cookies() const;
    void remove_expired(base::Seconds now);
    void remove_session_cookies();  // as at the end of a session (curl's -j)
    [[nodiscard]] std::size_t size() const noexcept { return kept_.size(); }

private:
    struct Kept {
        Cookie cookie;
        std::uint64_t created = 0;  // in which order
        std::uint64_t used = 0;
    };

    void put(Cookie cookie, base::Seconds now);
    void make_room(const std::string& domain);
    bool shadows_secure(const Cookie& cookie) const;

    std::vector<Kept> kept_;
    std::uint64_t count_ = 0;
};

// RFC 6265bis §5.1.3: `host` is `domain` or below it; an address is below nothing.
[[nodiscard]] bool domain_matches(std::string_view host, std::string_view domain) noexcept;
// §5.1.4.
[[nodiscard]] bool path_matches(std::string_view request_path, std::string_view cookie_path) noexcept;
[[nodiscard]] std::string_view default_path(std::string_view request_path [[clang::lifetimebound]]) noexcept;

}  // namespace cais::client
