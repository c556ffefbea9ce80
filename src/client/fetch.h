// One request to an http or https URL, and its whole answer in memory: resolve, connect, TLS, exchange, each with a
// limit, and all of it with one. For what talks to services (acme); content that streams is exchange.h's.
#pragma once
#include "base/result.h"
#include "http/status.h"
#include "http1/client.h"
#include "io/task.h"
#include "uri/http_url.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cais::tls {
class ClientContext;
}

namespace cais::client {

struct FetchLimits {
    base::Duration resolve = std::chrono::seconds(10);
    base::Duration connect = std::chrono::seconds(10);    // each address
    base::Duration handshake = std::chrono::seconds(10);  // of TLS
    base::Duration whole = std::chrono::seconds(30);
    std::uint64_t content = 1024 * 1024;  // of the answer
    unsigned redirects = 0;               // that are followed, for GET and HEAD; never from https to http
};

struct FetchRequest {
    std::string method = "GET";
    uri::HttpUrl url = {};
    std::vector<std::pair<std::string, std::string>> fields = {};
    std::string content = {};
    FetchLimits limits = {};
};

struct FetchAnswer {
    http::Status status = http::Status::ok;
    uri::HttpUrl url = {};  // that answered, after redirects
    std::vector<std::pair<std::string, std::string>> fields = {};
    std::string content = {};

    // The value of the first field with this name, in any case.
    [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const;
};

// What could not be done, for a person: "connect to 192.0.2.1:443: Connection refused".
struct FetchFailure {
    Error error;
    std::string what;
};

using FetchResult = std::expected<FetchAnswer, FetchFailure>;

// `tls` holds the authorities that are believed; with an http URL it may be null. What the
// peer's certificate says is always verified against the URL's host.
[[nodiscard]] io::Task<FetchResult> fetch(FetchRequest request, std::shared_ptr<const tls::ClientContext> tls);

}  // namespace cais::client
