#include "acme/order.h"

#include "acme/certificate_request.h"
#include "base/base64.h"
#include "base/text.h"
#include "io/pool.h"
#include "io/process.h"

#include <algorithm>

namespace cais::acme {
namespace {

constexpr auto disk_time = std::chrono::seconds(30);
constexpr auto poll_time = std::chrono::minutes(5);
constexpr auto first_poll = std::chrono::milliseconds(250);
constexpr auto longest_poll = std::chrono::seconds(5);    // of our own choice
constexpr auto longest_asked = std::chrono::seconds(60);  // by Retry-After
constexpr auto program_time = std::chrono::minutes(2);

// A job that touches the disk.
template <class Function>
io::Task<Outcome<void>> on_disk(const char* doing, Function function)
{
    auto job = co_await io::Loop::current()->pool().run(std::move(function), disk_time);
    if (!job) co_return failure(doing, job.error());
    if (!*job) co_return failure(doing, job->error());
    co_return Outcome<void>();
}

template <class T>
Outcome<T> read_answer(const char* doing, const Session::Answer& answer)
{
    auto read = T::read(answer.content);
    if (!read) return failure(Failure::unreachable, std::string(doing) + ": " + base::describe(read.error()));
    return std::move(*read);
}

// Asks for what is at `url` again and again until `is_settled`.
template <class T>
io::Task<Outcome<T>> poll(Session& session, const char* doing, std::string url, bool (*is_settled)(const T&),
                          std::optional<base::Duration> first_wait)
{
    const io::Loop& loop = *io::Loop::current();
    const base::Instant until = loop.now() + poll_time;
    base::Duration own = first_poll;
    std::optional<base::Duration> asked = first_wait;
    for (;;) {
        // Asked for or not, never in a tight loop (§7.5.1), and never for longer than a minute.
        const base::Duration wait = asked ? std::clamp<base::Duration>(*asked, first_poll, longest_asked) : own;
        const bool goes_on = co_await io::sleep_for(wait);
        if (!goes_on) co_return failure(Failure::cancelled, "");
        own = std::min<base::Duration>(own * 2, longest_poll);
        auto answer = co_await session.post(doing, url, "");
        if (!answer) co_return std::unexpected(answer.error());
        auto read = read_answer<T>(doing, *answer);
        if (!read || is_settled(*read)) co_return read;
        if (loop.now() >= until)
            co_return failure(Failure::unreachable,
                              std::string(doing) + ": " + session.url() + " had not decided after five minutes");
        asked = answer->retry_after;
    }
}

// ---- Answering

io::Task<Outcome<void>> run_program(std::vector<std::string> command, const char* what, const Name& name,
                                    std::string value)
{
    const std::string program = command.front();
    command.emplace_back(what);
    command.push_back("_acme-challenge." + std::string(name.base()) + ".");
    command.push_back(std::move(value));
    io::Command to_run;
    to_run.arguments = std::move(command);
    to_run.limit = program_time;
    auto outcome = co_await io::run(std::move(to_run));
    const std::string doing = "run `" + program + " " + what + "`";
    if (!outcome) co_return failure(doing.c_str(), outcome.error());
    if (outcome->succeeded()) co_return Outcome<void>();
    std::string said;
    base::append_printable(said, std::string_view(outcome->output).substr(0, 300));
    co_return failure(Failure::ours, doing + ": it ended with status " + std::to_string(outcome->status) +
                                         (said.empty() ? "" : " and said: " + said));
}

Outcome<void> put_challenge(const Session& session, const Name& name, const Challenge& challenge, Means& means)
{
    auto made = challenge_certificate(name, session.key_authorization(challenge.token));
    if (!made) return failure("make the certificate of a challenge", made.error());
    auto certificate = tls::Certificate::from_pem(made->certificate, made->key);
    if (!certificate) return failure("make the certificate of a challenge", certificate.error());
    means.certificates.put_challenge(name.server_name(), std::move(*certificate));
    return {};
}

// The value of the record (§8.4).
std::string record_of(const Session& session, const Challenge& challenge)
{
    return base::to_base64url(sha256(session.key_authorization(challenge.token)));
}

io::Task<Outcome<void>> begin_answering(const Session& session, const Name& name, const Challenge& challenge,
                                        Means& means)
{
    if (challenge.type == http_01) {
        means.tokens.put(challenge.token, session.key_authorization(challenge.token));
        co_return Outcome<void>();
    }
    if (challenge.type == tls_alpn_01) co_return put_challenge(session, name, challenge, means);
    auto outcome = co_await run_program(means.dns, "present", name, record_of(session, challenge));
    co_return outcome;
}

// What fails here is said by nobody: the record is of no use to anybody any more.
io::Task<void> end_answering(const Session& session, const Name& name, const Challenge& challenge, Means& means)
{
    if (challenge.type == http_01) means.tokens.remove(challenge.token);
    else if (challenge.type == tls_alpn_01) means.certificates.remove_challenge(name.server_name());
    else [[maybe_unused]]
        auto outcome = co_await run_program(means.dns, "cleanup", name, record_of(session, challenge));
}

// ---- Authorizing

bool is_decided(const Authorization& authorization)
{
    return authorization.status == Status::valid || authorization.status == Status::invalid;
}

// Tells the authority that it may look, and waits for what it saw.
io::Task<Outcome<void>> validate(Session& session, std::string url, const Challenge& challenge, const Name& name)
{
    auto begun = co_await session.post("answer a challenge", challenge.url, "{}");
    if (!begun) co_return std::unexpected(begun.error());
    auto authorization = co_await poll<Authorization>(session, "look at an authorization", std::move(url), is_decided,
                                                      begun->retry_after);
    if (!authorization) co_return std::unexpected(authorization.error());
    if (authorization->status == Status::valid) co_return Outcome<void>();
    const Challenge* seen = authorization->find(challenge.type);
    const std::string why = seen == nullptr ? "" : seen->error.text();
    Failure failure;
    failure.kind = Failure::not_validated;
    failure.what = challenge.type + " for " + name.text + ": " + session.url() + " did not see that the name is ours" +
                   (why.empty() ? "" : ": " + why);
    if (seen != nullptr) failure.type = seen->error.type;
    co_return std::unexpected(std::move(failure));
}

io::Task<Outcome<void>> authorize(Session& session, std::string url, const Wish& wish, Means& means)
{
    auto answer = co_await session.post("look at an authorization", url, "");
    if (!answer) co_return std::unexpected(answer.error());
    auto authorization = read_answer<Authorization>("look at an authorization", *answer);
    if (!authorization) co_return std::unexpected(authorization.error());
    if (authorization->status == Status::valid) co_return Outcome<void>();  // from an order before (§7.5)
    if (authorization->identifier != wish.name.base())
        co_return failure(Failure::unreachable, "look at an authorization: it is for another name");
    const Challenge* challenge = authorization->find(wish.challenge);
    if (challenge == nullptr || authorization->status != Status::pending)
        co_return failure(Failure::not_validated,
                          session.url() + " does not offer " + wish.challenge + " for " + wish.name.text);

    auto outcome = co_await begin_answering(session, wish.name, *challenge, means);
    if (outcome) outcome = co_await validate(session, std::move(url), *challenge, wish.name);
    co_await end_answering(session, wish.name, *challenge, means);
    co_return outcome;
}

// ---- Ordering

struct Placed {
    std::string url;
    Order order;
};

io::Task<Outcome<Placed>> place(Session& session, const Wish& wish, std::string replaces)
{
    std::string payload = R"({"identifiers":[{"type":")";
    payload.append(wish.name.type()) += R"(","value":)";
    base::append_json_string(payload, wish.name.text);
    payload += "}]";
    if (!wish.profile.empty()) {
        payload += R"(,"profile":)";
        base::append_json_string(payload, wish.profile);
    }
    if (!replaces.empty()) {
        payload += R"(,"replaces":)";
        base::append_json_string(payload, replaces);
    }
    payload += "}";
    auto answer = co_await session.post("place an order", session.directory().new_order, std::move(payload));
    if (!answer) co_return std::unexpected(answer.error());
    auto order = read_answer<Order>("place an order", *answer);
    if (!order) co_return std::unexpected(order.error());
    if (answer->location.empty())
        co_return failure(Failure::unreachable, "place an order: the authority did not say where it is");
    co_return Placed{std::move(answer->location), std::move(*order)};
}

// The profile that is asked for must be one that there is: an authority would refuse the order, and say less.
Outcome<void> check_profile(const Session& session, const Wish& wish)
{
    const auto& profiles = session.directory().profiles;
    if (wish.profile.empty() || std::ranges::find(profiles, wish.profile) != profiles.end()) return {};
    std::string known;
    for (const auto& profile : profiles) base::append_printable(known += known.empty() ? "" : ", ", profile);
    return failure(Failure::ours, session.url() + " has no profile `" + wish.profile + "`; " +
                                      (known.empty() ? "it has none at all" : "there is: " + known));
}

bool is_ready(const Order& order) { return order.status != Status::pending; }
bool is_finished(const Order& order) { return order.status == Status::valid || order.status == Status::invalid; }

Failure invalid(const Session& session, const Wish& wish, const Order& order)
{
    const std::string why = order.error.text();
    Failure failure;
    failure.kind = Failure::refused;
    failure.what = "the order for " + wish.name.text + ": " + session.url() + " found it invalid" +
                   (why.empty() ? "" : ": " + why);
    failure.type = order.error.type;
    return failure;
}

// What was placed, with every authorization valid; ready to be finalized.
io::Task<Outcome<Placed>> make_ready(Session& session, const Wish& wish, Means& means)
{
    std::string replaces = session.directory().renewal_info.empty() ? "" : wish.replaces;
    auto placed = co_await place(session, wish, replaces);
    // RFC 9773 §5: somebody has renewed it already, or it was never theirs.
    if (!placed && !replaces.empty() && placed.error().kind == Failure::refused && placed.error().type != "rateLimited")
        placed = co_await place(session, wish, "");
    if (!placed) co_return placed;
    if (placed->order.status == Status::pending) {
        for (const auto& url : placed->order.authorizations) {
            auto authorized = co_await authorize(session, url, wish, means);
            if (!authorized) co_return std::unexpected(authorized.error());
        }
        auto order = co_await poll<Order>(session, "look at the order", placed->url, is_ready, std::nullopt);
        if (!order) co_return std::unexpected(order.error());
        placed->order = std::move(*order);
    }
    if (placed->order.status == Status::invalid) co_return std::unexpected(invalid(session, wish, placed->order));
    co_return placed;
}

// ---- The certificate

// Downloads what was issued, checks it, and puts it on the disk.
io::Task<Outcome<Issue>> collect(Session& session, const Order& order, const PendingOrder& pending, State state)
{
    auto answer = co_await session.post("download the certificate", order.certificate, "");
    if (!answer) co_return std::unexpected(answer.error());
    Issue issue;
    issue.name = pending.name;
    issue.authority = session.url();
    issue.challenge = pending.challenge;
    issue.key = pending.key;
    issue.chain = std::move(answer->content);
    auto checked = issue.check();
    const auto now = base::wall_now();
    if (checked && now >= issue.not_after) checked = fail(Error::malformed, "it has expired; is the clock right?");
    if (checked && now + std::chrono::hours(24) < issue.not_before)
        checked = fail(Error::malformed, "it is not valid yet; is the clock right?");
    if (!checked)
        co_return failure(Failure::unreachable, "check the certificate for " + pending.name.text + " from " +
                                                    session.url() + ": " + base::describe(checked.error()));
    auto saved = co_await on_disk("save the certificate", [state, issue]() -> Result<void> {
        auto done = state.save(issue);
        if (!done) return done;
        return state.forget_order(issue.name);
    });
    if (!saved) co_return std::unexpected(saved.error());
    co_return issue;
}

// From an order that is ready on.
io::Task<Outcome<Issue>> finish(Session& session, const Wish& wish, Order order, PendingOrder pending, State state)
{
    if (order.status == Status::ready) {
        auto key = key_from_pem(pending.key);
        if (!key) co_return failure("make a certificate request", key.error());
        auto request = certificate_request(*key, wish.name);
        if (!request) co_return failure("make a certificate request", request.error());
        auto answer = co_await session.post("finalize the order", order.finalize,
                                            R"({"csr":")" + base::to_base64url(*request) + "\"}");
        if (!answer) co_return std::unexpected(answer.error());
        auto read = read_answer<Order>("finalize the order", *answer);
        if (!read) co_return std::unexpected(read.error());
        order = std::move(*read);
    }
    if (!is_finished(order)) {
        auto polled = co_await poll<Order>(session, "look at the order", pending.url, is_finished, std::nullopt);
        if (!polled) co_return std::unexpected(polled.error());
        order = std::move(*polled);
    }
    if (order.status == Status::invalid) co_return std::unexpected(invalid(session, wish, order));
    auto issue = co_await collect(session, order, pending, state);
    co_return issue;
}

// The order that was being finalized when the program ended; empty where there is none that could go on.
io::Task<Outcome<std::optional<Issue>>> resume(Session& session, const Wish& wish, State state)
{
    auto job =
        co_await io::Loop::current()->pool().run([state, name = wish.name] { return state.order(name); }, disk_time);
    if (!job) co_return failure("look for an order", job.error());
    if (!*job || (*job)->directory != session.url()) co_return std::optional<Issue>();
    const PendingOrder pending = std::move(**job);
    auto answer = co_await session.post("look at the order", pending.url, "");
    if (!answer && answer.error().kind == Failure::cancelled) co_return std::unexpected(answer.error());
    auto order = answer ? Order::read(answer->content) : fail(Error::malformed, "");
    const bool goes_on = order && order->status != Status::pending && order->status != Status::invalid;
    if (goes_on) {
        auto issue = co_await finish(session, wish, std::move(*order), pending, state);
        if (issue) co_return std::optional(std::move(*issue));
        if (issue.error().kind == Failure::cancelled) co_return std::unexpected(issue.error());
    }
    // Gone, or of no use: a new one.
    auto forgotten =
        co_await on_disk("forget an order", [state, name = wish.name] { return state.forget_order(name); });
    if (!forgotten) co_return std::unexpected(forgotten.error());
    co_return std::optional<Issue>();
}

}  // namespace

io::Task<Outcome<Issue>> obtain(Session& session, Wish wish, Means means, State state)
{
    auto opened = co_await session.open();
    if (!opened) co_return std::unexpected(opened.error());
    if (auto known = check_profile(session, wish); !known) co_return std::unexpected(known.error());

    auto resumed = co_await resume(session, wish, state);
    if (!resumed) co_return std::unexpected(resumed.error());
    if (*resumed) co_return std::move(**resumed);

    auto placed = co_await make_ready(session, wish, means);
    if (!placed) co_return std::unexpected(placed.error());

    // The key is on the disk before anything is issued for it: whenever the program ends now, the certificate is found.
    PendingOrder pending{wish.name, session.url(), placed->url, wish.challenge, ""};
    auto key = make_key();
    if (!key) co_return failure("make a key", key.error());
    auto pem = to_pem(*key);
    if (!pem) co_return failure("make a key", pem.error());
    pending.key = std::move(*pem);
    auto saved = co_await on_disk("save the order", [state, pending] { return state.save(pending); });
    if (!saved) co_return std::unexpected(saved.error());
    auto issue = co_await finish(session, wish, std::move(placed->order), std::move(pending), state);
    co_return issue;
}

}  // namespace cais::acme
