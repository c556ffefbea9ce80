// Exchange: one request to one origin and its answer, both streamed; asked again on another connection where a kept one
// turned out to be closed and that does no harm (RFC 9110 §9.2.2, RFC 9112 §9.3.1).
#pragma once
#include "client/pool.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cais::client {

struct Field {
    std::string name;
    std::string value;
    bool operator==(const Field&) const = default;
};

struct Request {
    std::string method = "GET";
    std::string target = "/";  // path and query; the absolute form for a proxy is made of it
    std::string authority;     // Host, :authority
    std::vector<Field> fields = {};
    // The content, anew for each try; empty: there is none.
    std::function<Result<http::Body>()> content = {};
    bool repeats_content = true;  // the content is the same another time; false: it can be read once
    bool close = false;           // the connection takes no further request

    // Called for each interim response but 100.
    std::function<void(http::Status, const http::Fields&)> interim = {};
};

class Exchange {
public:
    // `pool` and `request` outlive it.
    Exchange(Pool& pool, Way way, const Request& request, trace::Context trace = {});
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    // Connects, sends, and waits for the head of the final response. Once.
    [[nodiscard]] io::Task<std::expected<void, Failure>> ask();

    // After ask() has succeeded, until end(). Its body is read by the caller.
    [[nodiscard]] http::IncomingResponse& response() noexcept { return *response_; }
    // After ask() came as far as a connection, until end().
    [[nodiscard]] const Pool::Lease& lease() const noexcept { return lease_; }
    [[nodiscard]] unsigned tries() const noexcept { return tries_; }

    // On every path. An answer that was read whole leaves a connection that can be used again.
    [[nodiscard]] io::Task<void> end();

private:
    [[nodiscard]] Result<void> prepare(http::OutgoingRequest& request) const;
    [[nodiscard]] bool may_repeat() const;

    Pool* pool_;
    Way way_;
    const Request* request_;
    trace::Context trace_;
    base::Arena arena_;
    std::optional<http::OutgoingRequest> outgoing_;
    std::optional<http::IncomingResponse> response_;
    Pool::Lease lease_;
    unsigned tries_ = 0;
};

}  // namespace cais::client
