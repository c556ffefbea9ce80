#include "client/fetch.h"

#include "base/text.h"
#include "client/resolve.h"
#include "io/connect.h"
#include "io/within.h"
#include "tls/connect.h"

namespace cais::client {
namespace {

// `doing` says what a failure happened at.
io::Task<Result<std::unique_ptr<io::TcpStream>>> connect(const FetchRequest& request, std::string& doing)
{
    doing = "look up " + request.url.host;
    auto addresses = co_await resolve(request.url.host, request.url.port, request.limits.resolve);
    if (!addresses) co_return std::unexpected(addresses.error());
    // One after the other, in the resolver's order. Not done: racing them (RFC 8305), which a browser's user would
    // miss.
    for (std::size_t i = 0;; ++i) {
        const io::Address address = (*addresses)[i];
        doing = "connect to " + address.text();
        auto stream = co_await io::connect(address, request.limits.connect);
        const bool is_last = i + 1 == addresses->size();
        if (stream || is_last || stream.error().kind == Error::cancelled) co_return stream;
    }
}

// One exchange on a connection of its own.
io::Task<Result<FetchAnswer>> exchange(io::Stream& stream, const FetchRequest& request)
{
    http1::ClientLimits limits;
    limits.answer_time = request.limits.whole;
    base::Arena arena;
    http::OutgoingRequest outgoing(arena);
    outgoing.method = request.method;
    outgoing.target = request.url.target;
    outgoing.authority = request.url.authority;
    outgoing.close = true;
    for (const auto& [name, value] : request.fields) outgoing.fields.add(name, value);
    if (!request.content.empty()) outgoing.body = http::Body(base::Bytes(std::string_view(request.content)));

    http1::Client client(stream, limits);
    Result<FetchAnswer> result;
    auto response = co_await client.ask(outgoing);
    if (response) {
        result->status = response->status;
        result->url = request.url;
        for (const auto& line : response->fields) result->fields.emplace_back(line.name(), line.value());
        auto content = co_await http::read_whole(response->body, request.limits.content);
        if (content) result->content = std::move(*content);
        else result = std::unexpected(content.error());
    } else {
        result = std::unexpected(response.error());
    }
    co_await client.end();
    co_return result;
}

io::Task<Result<FetchAnswer>> ask(const FetchRequest& request, const tls::ClientContext* tls, std::string& doing)
{
    auto stream = co_await connect(request, doing);
    if (!stream) co_return std::unexpected(stream.error());
    if (!request.url.is_secure) {
        doing = "ask " + request.url.authority;
        auto answer = co_await exchange(**stream, request);
        co_return answer;
    }
    assert(tls != nullptr);
    doing = "make a TLS connection to " + request.url.authority;
    tls::Stream secure(**stream);
    const tls::Destination destination{*tls, request.url.host, request.limits.handshake};
    auto connected = co_await tls::connect(secure, destination);
    if (!connected) co_return std::unexpected(connected.error());
    doing = "ask " + request.url.authority;
    auto answer = co_await exchange(secure, request);
    co_return answer;
}

bool is_redirect(http::Status status)
{
    using http::Status;
    return status == Status::moved_permanently || status == Status::found || status == Status::see_other ||
           status == Status::temporary_redirect || status == Status::permanent_redirect;
}

// Where an answer sends us; empty: nowhere that we go. Of Location absolute URLs and absolute paths are followed.
std::optional<uri::HttpUrl> next_url(const FetchRequest& request, const FetchAnswer& answer)
{
    if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
    const auto location = answer.field("Location");
    if (!is_redirect(answer.status) || !location) return std::nullopt;
    const std::string scheme = request.url.is_secure ? "https://" : "http://";
    const bool is_path = location->starts_with('/') && !location->starts_with("//");
    auto url =
        uri::HttpUrl::parse(is_path ? scheme + request.url.authority + std::string(*location) : std::string(*location));
    if (!url || (request.url.is_secure && !url->is_secure)) return std::nullopt;
    return std::move(*url);
}

io::Task<Result<FetchAnswer>> follow(FetchRequest& request, const tls::ClientContext* tls, std::string& doing)
{
    for (unsigned followed = 0;; ++followed) {
        auto answer = co_await ask(request, tls, doing);
        if (!answer || followed == request.limits.redirects) co_return answer;
        auto next = next_url(request, *answer);
        if (!next) co_return answer;
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

io::Task<FetchResult> fetch(FetchRequest request, const tls::ClientContext* tls)
{
    std::string doing;
    auto answer = co_await io::within(request.limits.whole, follow(request, tls, doing));
    if (answer) co_return std::move(*answer);
    co_return std::unexpected(FetchFailure{answer.error(), doing + ": " + base::describe(answer.error())});
}

}  // namespace cais::client
