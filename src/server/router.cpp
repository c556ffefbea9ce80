#include "server/router.h"

#include "http/problem_response.h"
#include "server/chain.h"
#include "server/client_address.h"
#include "server/site_fields.h"
#include "uri/authority.h"
#include "uri/percent.h"

#include <algorithm>

namespace cais::server {
namespace {

using http::Method;
using http::Name;
using http::Status;

// RFC 8555 §8.3.
constexpr std::string_view challenge_path = "/.well-known/acme-challenge/";

// A path as it was sent, less what only browsers write (http/target.h): its own escapes stay.
void append_raw_path(std::string& to, std::string_view raw)
{
    constexpr auto plain = base::OctetSet("-._~!$&'()*+,;=:@/%").with('0', '9').with('a', 'z').with('A', 'Z');
    uri::append_percent_encoded(to, raw, plain);
}

bool is_same_listener(const Listen& a, const Listen& b) { return a.address == b.address && a.is_tls == b.is_tls; }

// What could not be served, for a person.
std::string name_of(const Route& route)
{
    if (const auto* files = std::get_if<files::Config>(&route.module)) return "serve " + files->root;
    return "route " + route.path.text();
}

void tell_route(const trace::Context& trace, const Site& site, std::size_t place)
{
    const Route& route = site.routes[place];
    const std::string host = site.hosts.empty() ? std::string() : site.hosts.front().host.text();
    const std::string path = route.path.text();
    trace.say(trace::Routing{host, path, key_of(route.module)});
}

}  // namespace

struct Router::SiteHandlers {
    explicit SiteHandlers(const Site& of)
        : site(&of)
        , fields(of)
        , routes(patterns_of(of))
    {
    }
    const Site* site;
    SiteFields fields;  // of answers that no route gives
    RouteTable routes;
    std::vector<Chain> chains;  // of each route
    std::uint32_t client_rules = 0;
    std::optional<std::uint16_t> https;  // where clients in the clear are sent
};

std::vector<PathPattern> patterns_of(const Site& site)
{
    std::vector<PathPattern> patterns;
    for (const auto& route : site.routes) patterns.push_back(route.path);
    return patterns;
}

HostTable hosts_at(const Configuration& configuration, const Listen& listen)
{
    HostTable table;
    for (std::uint32_t i = 0; i < configuration.sites.size(); ++i) {
        const Site& site = configuration.sites[i];
        if (std::ranges::none_of(site.listen, [&](const Listen& own) { return is_same_listener(own, listen); }))
            continue;
        for (const auto& named : site.hosts) table.add(named.host, i);
    }
    return table;
}

std::optional<std::uint16_t> https_port(const Site& site, std::span<const Listen> listen)
{
    if (!site.https_redirect || !site.has_tls_listener() || !site.has_plain_listener()) return std::nullopt;
    std::optional<std::uint16_t> port;
    for (const auto& own : listen)
        if (own.is_tls && (!port || own.address.port == 443)) port = own.address.port;
    return port;
}

Router::Router(std::shared_ptr<const Configuration> configuration)
    : configuration_(std::move(configuration))
    , trace_(configuration_->trace_method ? TraceMethod::answered : TraceMethod::refused)
{
}

Router::~Router() = default;

std::expected<std::unique_ptr<Router>, std::string> Router::make(std::shared_ptr<const Configuration> configuration,
                                                                 const Circumstances& circumstances)
{
    std::unique_ptr<Router> router(new Router(std::move(configuration)));
    const Configuration& all = *router->configuration_;
    router->challenges_ = circumstances.challenges;
    for (std::size_t i = 0; i < all.sites.size(); ++i) {
        const Site& site = all.sites[i];
        auto& made = *router->sites_.emplace_back(std::make_unique<SiteHandlers>(site));
        if (i < circumstances.client_rules.size()) made.client_rules = circumstances.client_rules[i];
        for (const auto& route : site.routes) {
            if (route.auth && circumstances.realm == nullptr)
                return std::unexpected(name_of(route) + ": `auth` without a list of users");
            auto chain = Chain::make(site, route, all.limits.http, circumstances.realm);
            if (!chain) return std::unexpected(name_of(route) + ": " + base::describe(chain.error()));
            made.chains.push_back(std::move(*chain));
        }
    }
    router->add_listeners(circumstances);
    return router;
}

void Router::add_listeners(const Circumstances& circumstances)
{
    std::vector<Listen> all = listeners(*configuration_);
    for (std::size_t i = 0; i < all.size() && i < circumstances.listeners.size(); ++i) {
        const std::uint32_t number = circumstances.listeners[i];
        if (number >= numbered_.size()) numbered_.resize(number + 1, -1);
        numbered_[number] = static_cast<std::int32_t>(hosts_.size());
        hosts_.push_back(hosts_at(*configuration_, all[i]));
    }
    for (const auto& made : sites_) {
        std::vector<Listen> own;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto is_it = [&](const Listen& listen) { return is_same_listener(listen, all[i]); };
            if (std::ranges::none_of(made->site->listen, is_it)) continue;
            own.push_back(all[i]);
            if (i < circumstances.bound.size() && circumstances.bound[i].port != 0) own.back().address = circumstances.bound[i];
        }
        made->https = https_port(*made->site, own);
    }
}

void Router::tend()
{
    for (const auto& site : sites_)
        for (auto& chain : site->chains) chain.tend();
}

// Null: the listener is none of this configuration; it has closed since the connection came.
const HostTable* Router::table_of(const http::Request& request) const noexcept
{
    const std::uint32_t number = request.connection->listener;
    if (number >= numbered_.size() || numbered_[number] < 0) return nullptr;
    return &hosts_[static_cast<std::size_t>(numbered_[number])];
}

// No coroutine of its own for what a route answers: the hot path pays for one.
io::Task<http::Response> Router::handle(http::Request& request)
{
    if (!configuration_->trust.empty()) request.client = client_address(request, configuration_->trust);
    if (is_for_server(request)) [[unlikely]]
        return answer_for_all(request);
    const http::Security* security = request.connection->security;
    const std::string_view path = request.target.path;
    if (security == nullptr && challenges_ != nullptr && path.starts_with(challenge_path)) [[unlikely]]
        if (auto token = challenges_->find(path.substr(challenge_path.size())))
            return answer_challenge(request, std::move(*token));

    const HostTable* hosts = table_of(request);
    const auto named = hosts != nullptr ? hosts->find(request.host) : std::nullopt;
    if (!named) [[unlikely]]
        return misdirected(request, "There is no site of this name here.", hosts == nullptr);
    const SiteHandlers& site = *sites_[named->site];
    if (security != nullptr) {
        if (security->client_rules != site.client_rules) [[unlikely]]
            return misdirected(request, "This site asks for another handshake; connect to it by its own name.", true);
    } else if (site.https) {
        return redirect_to_https(request, site);
    }
    if (request.target.has_empty_segment) [[unlikely]]
        return nothing_here(request, site);
    const auto route = site.routes.find(path);
    if (!route) [[unlikely]]
        return nothing_here(request, site);
    request.matched = route->matched;
    if (request.trace != nullptr) [[unlikely]]
        tell_route(*request.trace, *site.site, route->route);
    http::Handler& first = site.chains[route->route].first();
    if (trace_ == TraceMethod::answered && request.method != Method::get && request.method != Method::head)
        return ask_and_add_trace(first, request);
    return first.handle(request);
}

void Router::complete(const http::Request& request, http::Response& response) const
{
    const HostTable* hosts = table_of(request);
    const auto named = hosts != nullptr ? hosts->find(request.host) : std::nullopt;
    if (!named) return;
    const SiteHandlers& site = *sites_[named->site];
    const http::Security* security = request.connection->security;
    if (security == nullptr || security->client_rules == site.client_rules) site.fields.apply(request, response);
}

io::Task<http::Response> Router::answer_for_all(http::Request& request) const
{
    auto response = co_await answer_for_server(request, trace_);
    complete(request, response);
    co_return response;
}

io::Task<http::Response> Router::answer_challenge(http::Request& request, std::string token) const
{
    http::Response response(request, Status::ok, http::Body(base::Bytes(std::move(token))));
    response.fields.add(Name::content_type, "application/octet-stream");
    response.fields.add(Name::cache_control, "no-store");
    co_return response;
}

io::Task<http::Response> Router::misdirected(http::Request& request, const char* why, bool close)
{
    http::Response response = http::problem_response(request, Status::misdirected_request, why, "RFC 9110 §15.5.20");
    response.close = close;
    co_return response;
}

io::Task<http::Response> Router::redirect_to_https(http::Request& request, const SiteHandlers& site)
{
    const auto authority = uri::parse_authority(request.host);
    if (!authority) {  // HTTP/1.0 without a host, at the default site
        http::Response response = http::problem_response(
            request, Status::bad_request, "This site is served over https alone, and the request names no host.");
        site.fields.apply(request, response);
        co_return response;
    }
    const bool is_bracketed = authority->kind == uri::Authority::ipv6 || authority->kind == uri::Authority::future;
    std::string location = is_bracketed ? "https://[" : "https://";
    location += authority->host;
    if (is_bracketed) location += ']';
    if (*site.https != 443) base::append_decimal(location += ':', *site.https);
    append_raw_path(location, request.target.raw_path);
    if (request.target.has_query) uri::append_query(location += '?', request.target.query);
    http::Response response =
        http::problem_response(request, Status::permanent_redirect, "This site is served over https.");
    response.fields.add(Name::location, request.arena().copy(location));
    site.fields.apply(request, response);
    co_return response;
}

io::Task<http::Response> Router::nothing_here(http::Request& request, const SiteHandlers& site)
{
    http::Response response = http::problem_response(request, Status::not_found, "There is nothing at this address.");
    // What is not there may come: no cache is to guess when (RFC 9111 §4.2.2).
    response.fields.add(Name::cache_control, "no-cache");
    site.fields.apply(request, response);
    co_return response;
}

}  // namespace cais::server
