#include "client/fetch.h"

#include "base/text.h"
#include "client/exchange.h"
#include "io/within.h"
#include "uri/url.h"

namespace cais::client {
namespace {

io::Task<std::expected<FetchAnswer, Failure>> ask(Pool& pool, const FetchRequest& request)
{
    Request asked;
    asked.method = request.method;
    asked.target = request.url.target;
    asked.authority = request.url.authority;
    asked.close = request.limits.redirects == 0;
    for (const auto& [name, value] : request.fields) asked.fields.push_back({name, value});
    if (!request.content.empty())
        asked.content = [&request] { return http::Body(base::Bytes(std::string_view(request.content))); };

    Exchange exchange(pool, {Origin::of(request.url)}, asked);
    std::expected<FetchAnswer, Failure> result;
    auto done = co_await exchange.ask();
    if (done) {
        http::IncomingResponse& response = exchange.response();
        result->status = response.status;
        result->url = request.url;
        for (const auto& line : response.fields) result->fields.emplace_back(line.name(), line.value());
        auto content = co_await http::read_whole(response.body, request.limits.content);
        if (content) result->content = std::move(*content);
        else
            result = std::unexpected(Failure{content.error(), Phase::content,
                                             "ask " + request.url.authority + ": " + base::describe(content.error())});
    } else {
        result = std::unexpected(std::move(done.error()));
    }
    co_await exchange.end();
    co_return result;
}

bool is_redirect(http::Status status)
{
    using http::Status;
    return status == Status::moved_permanently || status == Status::found || status == Status::see_other ||
           status == Status::temporary_redirect || status == Status::permanent_redirect;
}

// Where an answer sends us, relative to where it came from (RFC 9110 §10.2.2); empty: nowhere that we go.
std::optional<uri::HttpUrl> next_url(const FetchRequest& request, const FetchAnswer& answer)
{
    if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
    const auto location = answer.field("Location");
    if (!is_redirect(answer.status) || !location) return std::nullopt;
    const auto from = uri::Url::parse(request.url.text());
    if (!from) return std::nullopt;
    const auto to = uri::Url::parse(*location, &*from);
    if (!to) return std::nullopt;
    auto url = uri::HttpUrl::of(*to);
    if (!url || (request.url.is_secure && !url->is_secure)) return std::nullopt;
    // Stricter: what looks like a path never leads to another host, as "//host" would.
    const bool is_path = location->starts_with('/') || location->starts_with('\\');
    if (is_path && url->authority != request.url.authority) return std::nullopt;
    return std::move(*url);
}

// What it came to is told twice: `failure` has the words.
io::Task<Result<FetchAnswer>> follow(Pool& pool, FetchRequest& request, Failure& failure)
{
    for (unsigned followed = 0;; ++followed) {
        failure.what = "ask " + request.url.authority;
        auto answer = co_await ask(pool, request);
        if (!answer) {
            failure = std::move(answer.error());
            co_return std::unexpected(failure.error);
        }
        if (followed == request.limits.redirects) co_return std::move(*answer);
        auto next = next_url(request, *answer);
        if (!next) co_return std::move(*answer);
        request.url = std::move(*next);
    }
}

}  // namespace

std::optional<std::string_view> FetchAnswer::field(std::string_view name) const
{
    for (const auto& [key, value] : fields)
        if (base::equals_ignoring_case(key, name)) return value;
    return std::nullopt;
}

io::Task<FetchResult> fetch(FetchRequest request, std::shared_ptr<const tls::ClientContext> tls)
{
    PoolSettings settings;
    settings.tls = std::move(tls);
    settings.dial.resolve = request.limits.resolve;
    settings.dial.attempt = request.limits.connect;
    settings.dial.handshake = request.limits.handshake;
    settings.dial.whole = request.limits.whole;
    settings.exchange.http1.answer_time = request.limits.whole;
    Pool pool(std::move(settings));
    Failure failure;
    auto answer = co_await io::within(request.limits.whole, follow(pool, request, failure));
    co_await pool.end();
    if (answer) co_return std::move(*answer);
    // Cut by the limit of all, it was told as a cancelled wait.
    const bool was_cut = failure.error.kind == Error::cancelled || failure.what.empty();
    if (was_cut && answer.error().kind == Error::timed_out)
        failure.what = "ask " + request.url.authority + ": " + base::describe(answer.error());
    co_return std::unexpected(FetchFailure{answer.error(), failure.what});
}

}  // namespace cais::client
