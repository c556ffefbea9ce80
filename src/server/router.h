// Router: the way of a request through a configuration: listener and host to the site, path to the route, and then its
// chain of handlers (chain.h). A loop's own, and immutable.
//
// In this order, and the first that applies answers:
//
// | what                                                              | answer                                   |
// | ----------------------------------------------------------------- | ---------------------------------------- |
// | a method that nobody registered, OPTIONS *, TRACE, CONNECT        | own_answers.h, with the site's fields    |
// | in the clear: the token of an ACME challenge that somebody waits  | 200, the key authorization               |
// | for                                                               |                                          |
// | no site at this listener has the name, and none is the default    | 421                                      |
// | over TLS: the site has other rules for client certificates than   | 421, and the connection closes           |
// | those that the handshake was made with                            |                                          |
// | in the clear, and the site has a TLS listener too                 | 308 to https, unless                     |
// |                                                                   | `https_redirect = false`                 |
// | an empty segment in the path (//)                                 | 404                                      |
// | no route                                                          | 404                                      |
// | else                                                              | the route's                              |
//
// One path decides, and it is the one that wrappers and modules see: decoded once (http/target.h). What has a route of
// its own cannot be reached as anything else's, however it is spelled.
#pragma once
#include "http/handler.h"
#include "server/challenge_answers.h"
#include "server/configuration.h"
#include "server/host_table.h"
#include "server/own_answers.h"
#include "server/route_table.h"

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cais::server {

// What a configuration does not know of itself.
struct Circumstances {
    std::span<const std::uint32_t> listeners;          // the numbers of listeners(configuration), in that order
    std::span<const io::Address> bound = {};           // where they are, with the ports that 0 became; may be empty
    std::span<const std::uint32_t> client_rules = {};  // tls::ClientRules::id of each site, 0: none; may be empty
    std::shared_ptr<auth::Realm> realm = nullptr;      // of routes with `auth`: without one none is made
    const ChallengeAnswers* challenges = nullptr;      // null: nobody is asked; else it outlives the router
};

class Router final : public http::Handler {
public:
    // Opens what its modules serve.
    // Errors    a sentence: "serve /srv/www: …".
    [[nodiscard]] static std::expected<std::unique_ptr<Router>, std::string> make(
        std::shared_ptr<const Configuration> configuration, const Circumstances& circumstances);
    ~Router() override;

    [[clang::coro_wrapper]] io::Task<http::Response> handle(http::Request& request) override;
    // The fields of the site that is asked, on an answer that is no handler's. None where the site would answer 421.
    void complete(const http::Request& request, http::Response& response) const;
    void tend() override;

private:
    struct SiteHandlers;
    explicit Router(std::shared_ptr<const Configuration> configuration);
    void add_listeners(const Circumstances& circumstances);

    [[nodiscard]] const HostTable* table_of(const http::Request& request) const noexcept;
    [[nodiscard]] io::Task<http::Response> answer_for_all(http::Request& request) const;
    [[nodiscard]] io::Task<http::Response> answer_challenge(http::Request& request, std::string token) const;
    [[nodiscard]] static io::Task<http::Response> misdirected(http::Request& request, const char* why, bool close);
    [[nodiscard]] static io::Task<http::Response> redirect_to_https(http::Request& request, const SiteHandlers& site);
    [[nodiscard]] static io::Task<http::Response> nothing_here(http::Request& request, const SiteHandlers& site);

    std::shared_ptr<const Configuration> configuration_;
    const ChallengeAnswers* challenges_ = nullptr;
    TraceMethod trace_ = TraceMethod::refused;
    std::vector<std::unique_ptr<SiteHandlers>> sites_;
    std::vector<HostTable> hosts_;        // of each listener
    std::vector<std::int32_t> numbered_;  // by a listener's number: its place in hosts_, -1: none
};

// The patterns of a site's routes, in their order.
[[nodiscard]] std::vector<PathPattern> patterns_of(const Site& site);

// Fills a table with the hosts of the sites that listen at `listen`. A site's number is its place in the configuration.
[[nodiscard]] HostTable hosts_at(const Configuration& configuration, const Listen& listen);

// The port that a client in the clear is sent to; empty where it is not: no TLS listener, or not told to. `listen`
// holds the site's listeners as they are.
[[nodiscard]] std::optional<std::uint16_t> https_port(const Site& site, std::span<const Listen> listen);

}  // namespace cais::server
