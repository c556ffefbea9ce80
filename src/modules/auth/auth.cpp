#include "modules/auth/auth.h"

#include "base/text.h"
#include "http/problem_response.h"
#include "modules/auth/basic.h"
#include "modules/auth/bearer.h"
#include "modules/auth/certificate.h"
#include "modules/auth/credentials.h"

#include <algorithm>

namespace cais::auth {
namespace {

using http::Name;
using http::Status;

// Whether `uri` is what was asked for (RFC 7616 §3.4.6): the target as it was sent, or its path and query where that
// was an absolute form. Stricter: another spelling of the same resource is another one.
bool is_target(const http::Request& request, std::string_view uri)
{
    const std::string_view target = request.target_text;
    if (uri == target) return true;
    const auto scheme = target.find("://");
    if (scheme == target.npos || target.starts_with('/')) return false;
    const auto path = target.find_first_of("/?", scheme + 3);
    return path != target.npos && target[path] == '/' && uri == target.substr(path);
}

}  // namespace

Auth::Auth(Config config, std::shared_ptr<Realm> realm, http::Handler& next)
    : config_(std::move(config))
    , realm_(std::move(realm))
    , next_(&next)
{
}

io::Task<http::Response> Auth::handle(http::Request& request)
{
    HeldState users;
    Outcome outcome;
    outcome.kind = co_await look(users);
    if (outcome.kind == Outcome::allowed) {
        // Any way will do: who may not by his certificate may still log in.
        outcome = by_certificate(request, users->state->users);
        if (outcome.kind != Outcome::allowed && request.fields.has(Name::authorization))
            outcome = co_await by_credentials(request, users);
    }
    if (outcome.kind == Outcome::allowed) {
        users = {};
        http::Response response = co_await next_->handle(request);
        co_return response;
    }
    http::Response response = refuse(request, outcome);
    co_return response;
}

io::Task<Auth::Outcome::Kind> Auth::look(HeldState& users)
{
    if (view_ == nullptr) view_ = &realm_->view();
    users = view_->in_this_turn();
    if (!users) {
        auto now = co_await view_->now();
        if (!now) co_return now.error().kind == Error::cancelled ? Outcome::ended : Outcome::unreadable;
        users = std::move(*now);
    }
    co_return users->state->is_readable ? Outcome::allowed : Outcome::unreadable;
}

Auth::Outcome Auth::by_certificate(http::Request& request, const Users& users) const
{
    Outcome outcome;
    const http::Security* security = request.connection->security;
    if (!config_.takes_certificates() || security == nullptr || security->client_subject.empty()) return outcome;
    const std::string_view subject = security->client_subject;
    const auto name = common_name(subject);
    const bool is_listed =
        std::ranges::find(config_.subjects, subject) != config_.subjects.end() ||
        std::ranges::find(config_.certificate_digests, security->client_digest) != config_.certificate_digests.end();
    if (is_listed) {
        request.user = request.arena().copy(name ? std::string_view(*name) : subject);
        outcome.kind = Outcome::allowed;
        return outcome;
    }
    const User* user = name ? users.find(*name) : nullptr;
    return user != nullptr ? judge(request, *user, config_.certificate) : outcome;
}

io::Task<Auth::Outcome> Auth::by_credentials(http::Request& request, HeldState users)
{
    Outcome outcome;
    const auto value = request.fields.one(Name::authorization);
    auto credentials = value ? parse_credentials(*value)
                             : fail(Error::malformed, "there is more than one Authorization field", "RFC 9110 §5.3");
    if (!credentials) {
        outcome.kind = Outcome::malformed;
        outcome.why = credentials.error();
        co_return outcome;
    }
    const auto is = [&](std::string_view scheme) { return base::equals_ignoring_case(credentials->scheme, scheme); };
    if (is("Basic") && !config_.basic.is_empty())
        outcome = co_await by_basic(request, credentials->rest, std::move(users));
    else if (is("Digest") && !config_.digest.is_empty())
        outcome = co_await by_digest(request, credentials->rest, std::move(users));
    else if (is("Bearer") && !config_.bearer.is_empty())
        outcome = co_await by_bearer(request, credentials->rest, std::move(users));
    co_return outcome;
}

io::Task<Auth::Outcome> Auth::by_basic(http::Request& request, std::string_view token, HeldState users)
{
    Outcome outcome;
    auto basic = parse_basic(token);
    if (!basic) {
        outcome.kind = Outcome::malformed;
        outcome.why = basic.error();
        co_return outcome;
    }
    const User* user = users->state->users.find(basic->name);
    if (user != nullptr && user->password && basic->is_possible) {
        const Sha256 tag = realm_->remembered.tag_of(*user, basic->password.view());
        if (realm_->remembered.has(tag, io::Loop::current()->now())) co_return judge(request, *user, config_.basic);
    }

    const bool goes_on = co_await slow_down(request);
    if (!goes_on) {
        outcome.kind = Outcome::ended;
        co_return outcome;
    }
    if (!basic->is_possible) {
        count_failure(request);
        co_return outcome;
    }
    // Meanwhile he may have been removed.
    if (outcome.kind = co_await look(users); outcome.kind != Outcome::allowed) co_return outcome;
    user = users->state->users.find(basic->name);
    auto verified =
        co_await verify(realm_, user, basic->password.copy(), Failures::subscriber(request.client));
    if (!verified) {
        outcome.kind = verified.error().kind == Error::cancelled ? Outcome::ended : Outcome::busy;
        co_return outcome;
    }
    outcome.kind = Outcome::unknown;
    if (!*verified) {
        count_failure(request);
        co_return outcome;
    }
    // While it was hashed, too. What was verified is what is stored now, or he has to come again.
    const HeldState before = users;
    if (outcome.kind = co_await look(users); outcome.kind != Outcome::allowed) co_return outcome;
    outcome.kind = Outcome::unknown;
    const User* still = users->state->users.find(basic->name);
    if (still == nullptr || !still->password || still->password->salt() != user->password->salt() ||
        still->password->hash() != user->password->hash())
        co_return outcome;
    co_return judge(request, *still, config_.basic);
}

io::Task<Auth::Outcome> Auth::by_digest(http::Request& request, std::string_view parameters, HeldState users)
{
    Outcome outcome;
    auto digest = parse_digest(parameters);
    if (digest && !is_target(request, digest->uri))
        digest = fail(Error::malformed, "uri of the Digest credentials is not what is asked for", "RFC 7616 §3.4.6");
    if (!digest) {
        outcome.kind = Outcome::malformed;
        outcome.why = digest.error();
        co_return outcome;
    }
    // Of another realm: what its name and password are there is no business of ours.
    if (digest->realm != realm_->name()) co_return outcome;

    const Nonces::Nonce nonce = realm_->nonces.read(digest->nonce);
    if (!realm_->nonces.is_known(nonce, digest->username, io::Loop::current()->now())) {
        const bool goes_on = co_await slow_down(request);
        if (!goes_on) {
            outcome.kind = Outcome::ended;
            co_return outcome;
        }
        if (outcome.kind = co_await look(users); outcome.kind != Outcome::allowed) co_return outcome;
        outcome.kind = Outcome::unknown;
    }
    const Users& known = users->state->users;
    const User* user = digest->is_hashed ? known.find_hashed(digest->username) : known.find(digest->username);
    // What was stored under another realm is worth nothing (§3.4.2); `cais user passwd` makes it anew.
    const bool has_digest = user != nullptr && user->digest && user->digest->realm == realm_->name();
    const Sha256 stored = has_digest ? user->digest->hash : realm_->key.mac({digest->username});
    const std::string expected = digest_response(stored, *digest, request.method_text);
    if (!is_equal(octets_of(expected), octets_of(digest->response)) || !has_digest) {
        count_failure(request);
        co_return outcome;
    }
    if (!realm_->nonces.use(nonce, digest->nc, digest->username, io::Loop::current()->now())) {
        outcome.staleness = Staleness::stale;
        co_return outcome;
    }
    co_return judge(request, *user, config_.digest);
}

io::Task<Auth::Outcome> Auth::by_bearer(http::Request& request, std::string_view token, HeldState users)
{
    Outcome outcome;
    const auto hash = parse_bearer(token);
    if (!hash) {
        outcome.kind = Outcome::malformed;
        outcome.why = hash.error();
        co_return outcome;
    }
    if (const User* user = users->state->users.find_token(*hash)) co_return judge(request, *user, config_.bearer);
    const bool goes_on = co_await slow_down(request);
    if (!goes_on) {
        outcome.kind = Outcome::ended;
        co_return outcome;
    }
    count_failure(request);
    outcome.had_token = true;
    co_return outcome;
}

io::Task<bool> Auth::slow_down(const http::Request& request)
{
    const auto delay = realm_->failures.delay(request.client, io::Loop::current()->now());
    if (delay == base::Duration::zero()) co_return true;
    const bool goes_on = co_await io::sleep_for(delay);
    co_return goes_on;
}

void Auth::count_failure(const http::Request& request)
{
    realm_->failures.add(request.client, io::Loop::current()->now());
}

Auth::Outcome Auth::judge(http::Request& request, const User& user, const Allowed& allowed)
{
    request.user = request.arena().copy(user.name);  // who may not is in the log, too
    Outcome outcome;
    outcome.kind = allowed.has(user) ? Outcome::allowed : Outcome::forbidden;
    return outcome;
}

http::Response Auth::refuse(http::Request& request, const Outcome& outcome) const
{
    switch (outcome.kind) {
    case Outcome::malformed:
        return http::problem_response(request, Status::bad_request, outcome.why.what, outcome.why.source);
    case Outcome::unreadable:
        return http::problem_response(request, Status::internal_server_error,
                                      "Nobody can log in at the moment. The server's log says why.");
    case Outcome::forbidden:
        return http::problem_response(request, Status::forbidden, "You are known, and you may not have this.");
    case Outcome::ended:
    case Outcome::busy: {
        http::Response response = http::problem_response(request, Status::service_unavailable,
                                                         "Too many people are logging in at the moment.");
        response.fields.add(Name::retry_after, "2");
        return response;
    }
    case Outcome::allowed:
    case Outcome::unknown: break;
    }
    // A 401 has a challenge (RFC 9110 §15.5.2), and a certificate has none: it is asked for in the handshake.
    if (config_.basic.is_empty() && config_.digest.is_empty() && config_.bearer.is_empty())
        return http::problem_response(request, Status::forbidden,
                                      "This wants a client certificate of somebody who may have it.");
    http::Response response = http::problem_response(
        request, Status::unauthorized, "This wants a name and a password, or a token, of somebody who may have it.");
    // Those first that tell less to who listens: a client takes the first that it knows, or the strongest.
    const auto challenge = [&](std::string_view text) {
        response.fields.add(Name::www_authenticate, response.fields.copy(text));
    };
    if (!config_.digest.is_empty())
        challenge(digest_challenge(realm_->name(), realm_->nonces.make(io::Loop::current()->now()), outcome.staleness));
    if (!config_.bearer.is_empty())
        challenge(bearer_challenge(realm_->name(), outcome.had_token ? TokenState::invalid : TokenState::none));
    if (!config_.basic.is_empty()) challenge(basic_challenge(realm_->name()));
    return response;
}

}  // namespace cais::auth
