// Connection: one that HTTP is spoken on, whatever its version; and Turn, one exchange on it. Which version it is the
// peer chose by ALPN (RFC 9113 §3.2) or the caller by prior knowledge.
#pragma once
#include "client/dial.h"
#include "http/outgoing_request.h"
#include "http1/client.h"

#include <memory>
#include <string_view>

namespace cais::client {

struct ExchangeLimits {
    http1::ClientLimits http1;
};

// One exchange: ask() once, then end(), on every path and before this is destroyed.
class Turn {
public:
    Turn() = default;
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    virtual ~Turn() = default;

    // As http1::Client::ask.
    [[nodiscard]] virtual io::Task<Result<http::IncomingResponse>> ask(http::OutgoingRequest& request) = 0;
    [[nodiscard]] virtual io::Task<void> end() = 0;
    // After an error of ask(): the peer cannot have acted on the request: not an octet of an answer came, or it said
    // so.
    [[nodiscard]] virtual bool nothing_received() const noexcept = 0;
};

class Connection {
public:
    explicit Connection(std::unique_ptr<Path> path, std::string_view protocol) noexcept
        : path_(std::move(path))
        , protocol_(protocol)
    {
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    virtual ~Connection() = default;

    // Whether another exchange may begin now, and has a chance: the peer has not closed it meanwhile.
    [[nodiscard]] virtual bool takes_more() noexcept = 0;
    // Whether nobody uses it.
    [[nodiscard]] virtual bool is_idle() const noexcept = 0;
    [[nodiscard]] virtual std::unique_ptr<Turn> begin() = 0;
    // What goes on beside the exchanges ends; nothing is sent or read afterwards.
    [[nodiscard]] virtual io::Task<void> end() = 0;

    [[nodiscard]] const Path& path() const noexcept { return *path_; }
    [[nodiscard]] std::string_view protocol() const noexcept { return protocol_; }  // "http/1.1", "h2"; static

protected:
    [[nodiscard]] Path& own_path() noexcept { return *path_; }

private:
    std::unique_ptr<Path> path_;
    std::string_view protocol_;
};

// HTTP/1.1: one exchange after the other.
[[nodiscard]] std::unique_ptr<Connection> make_http1_connection(std::unique_ptr<Path> path,
                                                                const ExchangeLimits& limits);

}  // namespace cais::client
