#include "acme/manager.h"

#include "io/pool.h"
#include "tls/client_context.h"
#include "trace/log.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <random>

namespace cais::acme {
namespace {

constexpr unsigned most_at_once = 4;                      // names that are being attended to
constexpr auto longest_sleep = std::chrono::minutes(10);  // a wall clock may be set meanwhile
constexpr auto disk_time = std::chrono::seconds(30);

double random_part()
{
    static thread_local std::mt19937_64 engine{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(engine);
}

base::Duration part_of(base::Duration whole, double fraction)
{
    return base::Duration(static_cast<std::int64_t>(static_cast<double>(whole.count()) * fraction));
}

std::string date_of(base::WallTime time)
{
    std::array<char, 32> text;
    const std::time_t seconds =
        std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::system_clock::duration>(time));
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string wait_of(base::Duration wait)
{
    using namespace std::chrono;
    const auto whole = ceil<seconds>(wait).count();
    if (whole < 120) return std::to_string(whole) + " s";
    if (whole < 2 * 3600) return std::to_string(whole / 60) + " min";
    if (whole < 48 * 3600) return std::to_string(whole / 3600) + " h";
    return std::to_string(whole / 86400) + " days";
}

std::string joined(const std::vector<std::string>& parts)
{
    std::string text;
    for (const auto& part : parts) (text += text.empty() ? "" : "; ") += part;
    return text;
}

}  // namespace

// A name and where it stands. One attempt at a time.
struct Manager::Entry {
    explicit Entry(Wanted what)
        : wanted(std::move(what))
    {
    }

    Wanted wanted;
    bool is_loaded = false;  // what the disk has was looked at
    bool is_busy = false;
    bool is_removed = false;  // nobody wants it any more
    std::optional<Issue> issue = {};
    tls::Certificates::Certificate certificate = {};
    base::WallTime renew_at = {};                          // only with an issue
    base::WallTime due = {};                               // when it is attended to next
    std::optional<RenewalInfo> window = {};                // that the authority suggested last
    base::WallTime look_at = {};                           // for renewal information
    unsigned failures = 0;                                 // in a row
    std::map<std::string, base::WallTime> kept_away = {};  // by Retry-After: authorities, and until when
    bool is_forced = false;
    std::vector<std::move_only_function<void(Renewed)>> waiting = {};

    [[nodiscard]] std::optional<base::Duration> lifetime() const
    {
        return issue ? std::optional(issue->lifetime()) : std::nullopt;
    }
};

Manager::Manager(std::string folder, tls::Certificates& certificates)
    : state_(std::move(folder))
    , certificates_(&certificates)
{
}

Manager::~Manager() = default;

Result<void> Manager::start(Settings settings, std::vector<Wanted> names)
{
    if (!names.empty()) {
        auto prepared = state_.prepare();
        if (!prepared) return prepared;
        is_prepared_ = true;
    }
    apply(std::move(settings), std::move(names));
    for (auto& [name, entry] : entries_) {
        auto issue = state_.issue(entry->wanted.name);
        entry->is_loaded = true;
        if (issue) {
            if (auto installed = install(*entry, std::move(*issue)); installed) continue;
        } else if (issue.error().kind != Error::not_found) {
            trace::log(trace::Level::warning, "certificate for " + name + ": what is saved cannot be used: " +
                                                  base::describe(issue.error()) + "; another will be obtained");
        }
    }
    return {};
}

void Manager::take_posted()
{
    std::vector<std::move_only_function<void()>> functions;
    {
        const std::scoped_lock lock(mutex_);
        functions.swap(posted_);
    }
    for (auto& function : functions) function();
}

std::vector<Issue> Manager::saved(const std::vector<Name>& names) const
{
    std::vector<Issue> issues;
    for (const auto& name : names)
        if (auto issue = state_.issue(name)) issues.push_back(std::move(*issue));
    return issues;
}

// What was saved is looked at again when there is something to do for the name, after the folder was prepared.
void Manager::change(Settings settings, std::vector<Wanted> names, std::vector<Issue> saved)
{
    apply(std::move(settings), std::move(names));
    for (auto& issue : saved) {
        const auto entry = entries_.find(issue.name.text);
        if (entry != entries_.end() && !entry->second->issue) [[maybe_unused]]
            auto installed = install(*entry->second, std::move(issue));
    }
    wake_.set();
}

void Manager::renew(std::string name, std::move_only_function<void(Renewed)> done)
{
    {
        const std::scoped_lock lock(mutex_);
        if (!has_ended_) {
            posted_.push_back(
                [this, name = std::move(name), done = std::move(done)]() mutable { begin(name, std::move(done)); });
            if (loop_ != nullptr) loop_->post([this] { wake_.set(); });
            return;
        }
    }
    done(std::unexpected("the server is stopping"));
}

void Manager::begin(const std::string& name, std::move_only_function<void(Renewed)> done)
{
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
        done(std::unexpected("no site gets a certificate for `" + name + "` by itself"));
        return;
    }
    Entry& entry = *found->second;
    entry.waiting.push_back(std::move(done));
    entry.is_forced = true;
    entry.due = {};
}

void Manager::apply(Settings settings, std::vector<Wanted> names)
{
    if (settings != settings_) {
        // Attempts under way keep their sessions. What failed may do now.
        sessions_.clear();
        tls_.reset();
        settings_ = std::move(settings);
        for (auto& [name, entry] : entries_) {
            entry->failures = 0;
            entry->kept_away.clear();
            if (entry->issue) plan(*entry);
            else entry->due = {};
        }
    }
    Entries before = std::move(entries_);
    entries_.clear();
    for (auto& wanted : names) {
        const std::string name = wanted.name.text;
        const auto known = before.find(name);
        if (known == before.end()) {
            entries_.try_emplace(name, std::make_shared<Entry>(std::move(wanted)));
            continue;
        }
        known->second->wanted = std::move(wanted);
        entries_.insert(before.extract(known));
    }
    for (auto& [name, entry] : before) {
        entry->is_removed = true;
        // Somebody else may present a certificate of its own there by now.
        const auto presented = certificates_->of(name);
        if (entry->certificate && presented &&
            std::ranges::find(presented->certificates, entry->certificate) != presented->certificates.end())
            certificates_->remove(name);
        if (!entry->is_busy)
            answer(*entry, std::unexpected("the configuration has changed: no site has this name any more"));
    }
}

io::Task<void> Manager::run()
{
    io::Scope attempts;
    {
        const std::scoped_lock lock(mutex_);
        loop_ = io::Loop::current();
    }
    for (;;) {
        wake_.clear();
        take_posted();
        const base::Duration wait = start_what_is_due(attempts);
        auto woken = co_await wake_.wait(wait);
        if (!woken && woken.error().kind == Error::cancelled) break;
    }
    attempts.cancel();
    co_await attempts.end();
    {
        const std::scoped_lock lock(mutex_);
        loop_ = nullptr;
        has_ended_ = true;
    }
    take_posted();
    for (auto& [name, entry] : entries_) answer(*entry, std::unexpected("the server is stopping"));
}

// Gives how long nothing else is due.
base::Duration Manager::start_what_is_due(io::Scope& scope)
{
    const auto now = base::wall_now();
    std::vector<std::shared_ptr<Entry>> due;
    base::Duration wait = longest_sleep;
    for (auto& [name, entry] : entries_) {
        if (entry->is_busy) continue;
        if (entry->due <= now) due.push_back(entry);
        else wait = std::min<base::Duration>(wait, entry->due - now);
    }
    std::ranges::sort(due, {}, [](const auto& entry) { return entry->due; });
    for (auto& entry : due) {
        if (busy_ == most_at_once) break;  // who ends wakes us
        ++busy_;
        entry->is_busy = true;
        scope.spawn(&Manager::attend, *this, entry);
    }
    return std::max<base::Duration>(wait, std::chrono::milliseconds(1));
}

io::Task<void> Manager::attend(std::shared_ptr<Entry> entry)
{
    Outcome<void> outcome;
    if (!entry->is_loaded) outcome = co_await load(*entry);
    if (outcome && !entry->is_removed) {
        if (entry->issue && !entry->is_forced && base::wall_now() < entry->renew_at) co_await look(*entry);
        const bool is_time = entry->is_forced || !entry->issue || base::wall_now() >= entry->renew_at;
        if (is_time) outcome = co_await renew_now(*entry);
        if (is_time && outcome) succeeded(*entry);
    }
    if (!outcome && !entry->is_removed) failed(*entry, outcome.error());
    if (entry->is_removed)
        answer(*entry, std::unexpected("the configuration has changed: no site has this name any more"));
    entry->is_busy = false;
    --busy_;
    wake_.set();
}

// A name that came with another configuration.
io::Task<Outcome<void>> Manager::load(Entry& entry)
{
    auto job = co_await io::Loop::current()->pool().run(
        [state = state_, name = entry.wanted.name, prepare = !is_prepared_]() -> Result<Issue> {
            if (prepare) {
                auto prepared = state.prepare();
                if (!prepared) return std::unexpected(prepared.error());
            }
            return state.issue(name);
        },
        disk_time);
    constexpr const char* doing = "read what is saved";
    if (!job) co_return failure(doing, job.error());
    const bool is_none = !*job && (job->error().kind == Error::not_found || job->error().kind == Error::malformed);
    if (!*job && !is_none) co_return failure(doing, job->error());
    is_prepared_ = entry.is_loaded = true;
    if (!*job || entry.is_removed) co_return Outcome<void>();
    co_return install(entry, std::move(**job));
}

// Asks the authority whether the renewal should come at another time. That it does not say changes nothing.
io::Task<void> Manager::look(Entry& entry)
{
    const Issue& issue = *entry.issue;
    const base::Duration lifetime = issue.lifetime();
    std::optional<base::Duration> retry_after;
    const auto known = std::ranges::find(settings_.authorities, issue.authority, &AuthoritySettings::directory);
    if (known != settings_.authorities.end() && !issue.id.empty()) {
        auto session = co_await session_for(*known);
        if (session) {
            auto answer = co_await (*session)->renewal_information(issue.id);
            if (answer) {
                retry_after = answer->retry_after;
                if (answer->info) follow(entry, *answer->info);
            }
        }
    }
    entry.look_at = base::wall_now() + information_wait(lifetime, retry_after);
    entry.due = std::min(entry.renew_at, entry.look_at);
}

// A moment is chosen once in each window, so that asking often does not draw it nearer.
void Manager::follow(Entry& entry, const RenewalInfo& info)
{
    const Issue& issue = *entry.issue;
    if (entry.window && entry.window->start == info.start && entry.window->end == info.end) return;
    const auto before = entry.renew_at;
    entry.window = info;
    entry.renew_at = renewal_time({issue.not_before, issue.not_after}, info, random_part());
    if (entry.renew_at < before - issue.lifetime() / 10)
        trace::log(trace::Level::info, "certificate for " + entry.wanted.name.text + ": " + issue.authority +
                                           " asks for its renewal; it comes at " + date_of(entry.renew_at));
}

// The authorities in their order, each with every challenge that could do.
io::Task<Outcome<void>> Manager::renew_now(Entry& entry)
{
    const bool is_forced = std::exchange(entry.is_forced, false);
    const auto authorities = settings_.authorities;
    std::vector<std::string> reasons;
    Failure last{Failure::ours, ""};
    std::optional<base::WallTime> until;
    for (const auto& authority : authorities) {
        if (const auto away = entry.kept_away.find(authority.directory);
            away != entry.kept_away.end() && away->second > base::wall_now() && !is_forced) {
            until = until ? std::min(*until, away->second) : away->second;
            reasons.push_back(authority.directory + " asked us to wait until " + date_of(away->second));
            continue;
        }
        auto session = co_await session_for(authority);
        if (!session) {
            if (session.error().kind == Failure::cancelled) co_return std::unexpected(session.error());
            last = session.error();
        } else {
            auto issue = co_await try_authority(entry, **session);
            if (issue) {
                if (entry.is_removed) co_return Outcome<void>();
                entry.kept_away.clear();
                co_return install(entry, std::move(*issue));
            }
            last = issue.error();
        }
        if (last.kind == Failure::cancelled) co_return std::unexpected(last);
        reasons.push_back(last.what);
        if (last.retry_after && *last.retry_after > base::Duration(0)) {
            const auto away = base::wall_now() + std::min(*last.retry_after, longest_refusal(entry.lifetime()));
            entry.kept_away.insert_or_assign(authority.directory, away);
        } else {
            until = base::wall_now();
        }
    }
    if (reasons.empty()) reasons.emplace_back("no authority is configured");
    last.what = joined(reasons);
    // When each of them keeps us away, the first that does no more is what we wait for.
    last.retry_after.reset();
    if (entry.kept_away.size() >= authorities.size() && !entry.kept_away.empty()) {
        const auto first = std::ranges::min_element(entry.kept_away, {}, [](const auto& one) { return one.second; });
        last.retry_after = first->second - base::wall_now();
    }
    co_return std::unexpected(std::move(last));
}

io::Task<Outcome<Issue>> Manager::try_authority(Entry& entry, Session& session)
{
    const auto types = challenges_for(entry);
    if (types.empty())
        co_return failure(Failure::ours, entry.wanted.name.is_wildcard()
                                             ? "a wildcard is proven by dns-01 alone; `acme.dns` names no program"
                                             : "no listener could answer a challenge, and `acme.dns` names no program");
    const Means means{challenges_, *certificates_, settings_.dns};
    std::vector<std::string> reasons;
    for (const auto& type : types) {
        Wish wish{entry.wanted.name, type, settings_.profile,
                  entry.issue && entry.issue->authority == session.url() ? entry.issue->id : ""};
        auto issue = co_await obtain(session, std::move(wish), means, state_);
        if (issue || issue.error().kind != Failure::not_validated) co_return issue;
        reasons.push_back(issue.error().what);
        if (type == types.back()) {
            issue.error().what = joined(reasons);
            issue.error().kind = Failure::refused;
            co_return issue;
        }
    }
    co_return failure(Failure::ours, "");
}

// The one that did the last time is the first.
std::vector<std::string> Manager::challenges_for(const Entry& entry) const
{
    const Wanted& wanted = entry.wanted;
    std::vector<std::string> types;
    if (!wanted.name.is_wildcard()) {
        if (wanted.has_plain_listener) types.emplace_back(http_01);
        if (wanted.has_tls_listener) types.emplace_back(tls_alpn_01);
    }
    if (!settings_.dns.empty() && !wanted.name.is_address()) types.emplace_back(dns_01);  // RFC 8738 §7
    if (entry.issue)
        if (const auto last = std::ranges::find(types, entry.issue->challenge); last != types.end())
            std::rotate(types.begin(), last, last + 1);
    return types;
}

io::Task<Outcome<std::shared_ptr<Session>>> Manager::session_for(AuthoritySettings authority)
{
    while (!tls_) {
        const auto trusted = settings_.ca;
        auto job = co_await io::Loop::current()->pool().run(
            [trusted] { return tls::ClientContext::make({.trusted = trusted}); }, disk_time);
        const char* doing =
            trusted ? "read the certificates of `acme.ca`" : "read the certificates of the system's store";
        if (!job) co_return failure(doing, job.error());
        if (!*job) co_return failure(doing, job->error());
        if (settings_.ca == trusted) tls_ = std::move(**job);
    }
    auto& session = sessions_[authority.directory];
    if (!session) session = std::make_shared<Session>(authority, settings_.email, state_, tls_);
    co_return session;
}

Outcome<void> Manager::install(Entry& entry, Issue issue)
{
    auto certificate = tls::Certificate::from_pem(issue.chain, issue.key);
    if (!certificate) return failure("present the certificate", certificate.error());
    certificates_->put(entry.wanted.name.text, *certificate);
    entry.certificate = std::move(*certificate);
    entry.issue = std::move(issue);
    plan(entry);
    return {};
}

// When what is presented is looked after next.
void Manager::plan(Entry& entry)
{
    const Issue& issue = *entry.issue;
    const auto now = base::wall_now();
    const bool is_known = std::ranges::find(settings_.authorities, issue.authority, &AuthoritySettings::directory) !=
                          settings_.authorities.end();
    entry.renew_at = is_known ? renewal_time({issue.not_before, issue.not_after}, random_part()) : now;
    entry.window.reset();
    entry.look_at = now + part_of(information_wait(issue.lifetime(), base::Duration(0)), random_part());
    entry.due = std::min(entry.renew_at, entry.look_at);
}

void Manager::succeeded(Entry& entry)
{
    entry.failures = 0;
    if (!entry.issue || entry.is_removed) return;
    const std::string text = "issued by " + entry.issue->issuer + ", until " + date_of(entry.issue->not_after);
    trace::log(trace::Level::info,
               "certificate for " + entry.wanted.name.text + ": " + text + "; renewed from " + date_of(entry.renew_at));
    answer(entry, text);
}

void Manager::failed(Entry& entry, const Failure& failure)
{
    if (failure.kind == Failure::cancelled) return;
    ++entry.failures;
    const auto now = base::wall_now();
    const bool was_refused = failure.kind == Failure::refused;
    base::Duration wait = retry_wait(entry.failures, entry.lifetime(), was_refused, random_part());
    // The nearer the end, the more often; after it as if there had never been one.
    if (entry.issue) {
        const base::Duration left = entry.issue->not_after - now;
        const base::Duration most = left > base::Duration(0)
                                        ? std::max<base::Duration>(left / 3, std::chrono::seconds(1))
                                        : retry_wait(entry.failures, std::nullopt, was_refused, random_part());
        wait = std::min(wait, most);
    }
    if (failure.retry_after) wait = std::max(wait, *failure.retry_after);
    entry.due = now + wait;
    std::string text = "certificate for " + entry.wanted.name.text + ": " + failure.what;
    if (!entry.issue) text += "; there is none yet";
    else if (now < entry.issue->not_after)
        text += "; the one of before stays, until " + date_of(entry.issue->not_after);
    else text += "; the one of before has expired";
    text += "; next try in " + wait_of(wait) + ", at " + date_of(entry.due);
    trace::log(trace::Level::warning, text);
    answer(entry, std::unexpected(failure.what));
}

void Manager::answer(Entry& entry, const Renewed& outcome)
{
    // Who asks again while they are told waits for the next.
    auto waiting = std::exchange(entry.waiting, {});
    for (auto& done : waiting) done(outcome);
}

}  // namespace cais::acme
