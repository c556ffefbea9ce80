#include "acme/session.h"

#include "base/text.h"
#include "http/date.h"
#include "io/pool.h"

#include <algorithm>

namespace cais::acme {
namespace {

constexpr int most_nonce_tries = 50;  // a bad nonce costs the authority nothing, and it hands out the next with it
constexpr std::size_t most_nonces = 16;
constexpr std::size_t most_nonce_octets = 256;
constexpr auto directory_time = std::chrono::hours(6);
constexpr auto disk_time = std::chrono::seconds(30);
constexpr auto longest_wait = std::chrono::hours(24);

// A nonce is base64url (§6.5.1).
bool is_nonce(std::string_view text)
{
    constexpr auto alphabet = base::OctetSet("-_").with('0', '9').with('a', 'z').with('A', 'Z');
    return !text.empty() && text.size() <= most_nonce_octets && alphabet.has_all(text);
}

}  // namespace

std::optional<base::Duration> parse_retry_after(std::string_view value, base::WallTime now)
{
    base::Duration wait{};
    if (const auto seconds = base::parse_decimal(value)) {
        if (*seconds > 24 * 3600) return longest_wait;
        wait = std::chrono::seconds(*seconds);
    } else {
        const auto whole = std::chrono::floor<std::chrono::seconds>(now);
        const auto date = http::parse_date(value, whole);
        if (!date) return std::nullopt;
        wait = *date - whole;
    }
    return std::clamp<base::Duration>(wait, base::Duration(0), longest_wait);
}

Session::Session(AuthoritySettings authority, std::string email, State state,
                 std::shared_ptr<const tls::ClientContext> tls)
    : authority_(std::move(authority))
    , email_(std::move(email))
    , state_(std::move(state))
    , tls_(std::move(tls))
{
}

io::Task<Outcome<void>> Session::open()
{
    while (is_opening_) {
        auto waited = co_await opened_.wait(std::chrono::minutes(5));
        if (!waited) co_return failure("wait for the account", waited.error());
    }
    is_opening_ = true;
    opened_.clear();
    auto outcome = co_await open_alone();
    is_opening_ = false;
    opened_.set();
    co_return outcome;
}

// At once where that was done in the last hours.
io::Task<Outcome<void>> Session::read_directory()
{
    if (read_at_ && io::Loop::current()->now() - *read_at_ < directory_time) co_return Outcome<void>();
    auto answer = co_await get("read the directory", authority_.directory);
    if (!answer) co_return std::unexpected(answer.error());
    auto directory = Directory::read(answer->content);
    if (!directory)
        co_return failure(Failure::unreachable,
                          "read the directory " + authority_.directory + ": " + base::describe(directory.error()));
    directory_ = std::move(*directory);
    read_at_ = io::Loop::current()->now();
    co_return Outcome<void>();
}

io::Task<Outcome<void>> Session::open_alone()
{
    auto directory = co_await read_directory();
    if (!directory) co_return directory;
    if (!key_) {
        auto loaded = co_await load_key();
        if (!loaded) co_return loaded;
    }
    if (!account_.empty()) co_return Outcome<void>();
    auto made = co_await make_account();
    co_return made;
}

// The account's key: that of the disk, or a new one, which is there before the authority hears of it.
io::Task<Outcome<void>> Session::load_key()
{
    auto job = co_await io::Loop::current()->pool().run(
        [state = state_, directory = authority_.directory]() -> Result<Account> {
            auto account = state.account(directory);
            if (account || account.error().kind != Error::not_found) return account;
            auto key = make_key();
            if (!key) return std::unexpected(key.error());
            auto pem = to_pem(*key);
            if (!pem) return std::unexpected(pem.error());
            Account fresh{directory, std::move(*pem), ""};
            auto saved = state.save(fresh);
            if (!saved) return std::unexpected(saved.error());
            return fresh;
        },
        disk_time);
    if (!job) co_return failure("read the account", job.error());
    if (!*job) co_return failure("read the account", job->error());
    auto key = key_from_pem((*job)->key);
    if (!key) co_return failure("read the account", key.error());
    auto jwk = jwk_of(*key);
    if (!jwk) co_return failure("read the account", jwk.error());
    key_ = std::move(*key);
    jwk_ = std::move(*jwk);
    account_ = (*job)->url;
    co_return Outcome<void>();
}

// §7.3. With a key that the authority knows it gives the account that is there.
io::Task<Outcome<void>> Session::make_account()
{
    std::string payload = R"({"termsOfServiceAgreed":true)";
    if (!email_.empty()) {
        payload += R"(,"contact":[)";
        base::append_json_string(payload, "mailto:" + email_);
        payload += "]";
    }
    if (authority_.account) {
        auto bound = bind_account(authority_.account->id, authority_.account->key, directory_.new_account, jwk_);
        if (!bound) co_return failure("bind the account", bound.error());
        payload += R"(,"externalAccountBinding":)" + *bound;
    } else if (directory_.needs_external_account) {
        co_return failure(Failure::ours, "make an account: " + authority_.directory +
                                             " wants an external account; give `acme.eab` what it handed out");
    }
    payload += "}";
    auto answer = co_await signed_post("make an account", directory_.new_account, std::move(payload), Signer::key);
    if (!answer) co_return std::unexpected(answer.error());
    if (!uri::HttpUrl::parse(answer->location))
        co_return failure(Failure::unreachable, "make an account: the authority did not say where it is");
    account_ = answer->location;
    auto pem = to_pem(key_);
    if (!pem) co_return failure("save the account", pem.error());
    auto job = co_await io::Loop::current()->pool().run(
        [state = state_, account = Account{authority_.directory, std::move(*pem), account_}] {
            return state.save(account);
        },
        disk_time);
    if (!job) co_return failure("save the account", job.error());
    if (!*job) co_return failure("save the account", job->error());
    co_return Outcome<void>();
}

io::Task<Outcome<Session::Answer>> Session::post(const char* doing, std::string url, std::string payload)
{
    auto answer = co_await signed_post(doing, url, payload, Signer::account);
    if (answer || answer.error().type != "accountDoesNotExist") co_return answer;
    // The authority has forgotten us, or was set up anew: an account is made again, with the same key.
    account_.clear();
    auto opened = co_await open();
    if (!opened) co_return std::unexpected(opened.error());
    answer = co_await signed_post(doing, std::move(url), std::move(payload), Signer::account);
    co_return answer;
}

io::Task<Outcome<Session::Answer>> Session::signed_post(const char* doing, std::string url, std::string payload,
                                                        Signer signer)
{
    for (int tries = 1;; ++tries) {
        auto nonce = co_await take_nonce();
        if (!nonce) co_return std::unexpected(nonce.error());
        const std::string account = signer == Signer::account ? account_ : "";
        auto content = sign({key_, url, *nonce, account}, payload);
        if (!content) co_return failure(doing, content.error());
        client::FetchRequest request;
        auto parsed = uri::HttpUrl::parse(url);
        if (!parsed) co_return failure(doing, parsed.error());
        request.url = std::move(*parsed);
        request.method = "POST";
        request.fields.emplace_back("Content-Type", "application/jose+json");
        request.content = std::move(*content);
        auto fetched = co_await ask(doing, std::move(request));
        if (!fetched) co_return std::unexpected(fetched.error());
        auto answer = answer_of(doing, std::move(*fetched));
        const bool is_bad_nonce = !answer && answer.error().type == "badNonce";
        if (!is_bad_nonce || tries == most_nonce_tries) co_return answer;
    }
}

io::Task<Outcome<Session::Answer>> Session::get(const char* doing, std::string url)
{
    client::FetchRequest request;
    auto parsed = uri::HttpUrl::parse(url);
    if (!parsed) co_return failure(doing, parsed.error());
    request.url = std::move(*parsed);
    auto fetched = co_await ask(doing, std::move(request));
    if (!fetched) co_return std::unexpected(fetched.error());
    co_return answer_of(doing, std::move(*fetched));
}

io::Task<Outcome<Session::Information>> Session::renewal_information(std::string id)
{
    constexpr const char* doing = "ask when to renew";
    auto directory = co_await read_directory();
    if (!directory) co_return std::unexpected(directory.error());
    if (directory_.renewal_info.empty()) co_return Information{};
    auto answer = co_await get(doing, directory_.renewal_info + "/" + id);
    if (!answer) co_return std::unexpected(answer.error());
    auto info = RenewalInfo::read(answer->content);
    if (!info) co_return failure(Failure::unreachable, std::string(doing) + ": " + base::describe(info.error()));
    co_return Information{*info, answer->retry_after};
}

io::Task<Outcome<std::string>> Session::take_nonce()
{
    if (nonces_.empty()) {
        client::FetchRequest request;
        request.method = "HEAD";
        auto url = uri::HttpUrl::parse(directory_.new_nonce);
        if (!url) co_return failure("ask for a nonce", url.error());
        request.url = std::move(*url);
        auto answer = co_await ask("ask for a nonce", std::move(request));
        if (!answer) co_return std::unexpected(answer.error());
        if (nonces_.empty()) co_return failure(Failure::unreachable, "ask for a nonce: the authority gave none");
    }
    std::string nonce = std::move(nonces_.back());
    nonces_.pop_back();
    co_return nonce;
}

io::Task<Outcome<client::FetchAnswer>> Session::ask(const char* doing, client::FetchRequest request)
{
    request.fields.emplace_back("User-Agent", "cais");  // §6.1 wants one
    request.fields.emplace_back("Accept-Language", "en");
    const std::string where = request.url.text();
    if (!request.url.is_secure)
        co_return failure(Failure::ours, std::string(doing) + ": " + where + " is no https URL");
    auto answer = co_await client::fetch(std::move(request), tls_);
    if (!answer) {
        if (answer.error().error.kind == Error::cancelled) co_return failure(Failure::cancelled, "");
        co_return failure(Failure::unreachable, std::string(doing) + " at " + where + ": " + answer.error().what);
    }
    // The freshest are used first, and the oldest, which an authority may have forgotten, go.
    if (const auto nonce = answer->field("Replay-Nonce"); nonce && is_nonce(*nonce)) {
        if (nonces_.size() == most_nonces) nonces_.erase(nonces_.begin());
        nonces_.emplace_back(*nonce);
    }
    co_return std::move(*answer);
}

Outcome<Session::Answer> Session::answer_of(const char* doing, client::FetchAnswer answer) const
{
    std::optional<base::Duration> retry_after;
    if (const auto value = answer.field("Retry-After")) retry_after = parse_retry_after(*value, base::wall_now());
    if (http::is_successful(answer.status))
        return Answer{answer.status, std::string(answer.field("Location").value_or("")), std::move(answer.content),
                      retry_after};

    const auto problem = Problem::read(answer.content);
    Failure failure;
    // 5xx without a problem: a proxy before it, or it is not well.
    failure.kind = http::is_server_error(answer.status) ? Failure::unreachable : Failure::refused;
    failure.what =
        std::string(doing) + ": " + authority_.directory + " answered " + std::to_string(http::code_of(answer.status));
    if (const std::string text = problem.text(); !text.empty()) failure.what += ": " + text;
    failure.type = problem.type;
    failure.retry_after = retry_after;
    return std::unexpected(std::move(failure));
}

}  // namespace cais::acme
