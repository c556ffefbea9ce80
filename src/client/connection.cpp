#include "client/connection.h"

#include <cassert>

namespace cais::client {
namespace {

class Http1Connection final : public Connection {
public:
    Http1Connection(std::unique_ptr<Path> path, const ExchangeLimits& limits)
        : Connection(std::move(path), "http/1.1")
        , limits_(limits)
        , client_(own_path().stream(), limits_.http1)
    {
    }
    ~Http1Connection() override { own_path().close(); }

    // What comes on a connection that rests is its end, or an answer that nobody asked for (RFC 9112 §9.3).
    bool takes_more() noexcept override
    {
        if (is_taken_ || !client_.is_reusable()) return false;
        char octet = 0;
        return own_path().stream().try_read({&octet, 1}).state == io::Progress::blocked;
    }
    bool is_idle() const noexcept override { return !is_taken_; }
    std::unique_ptr<Turn> begin() override;
    io::Task<void> end() override { co_return; }

private:
    class Http1Turn;
    ExchangeLimits limits_;
    http1::Client client_;
    bool is_taken_ = false;
};

class Http1Connection::Http1Turn final : public Turn {
public:
    explicit Http1Turn(Http1Connection& connection) noexcept
        : connection_(&connection)
    {
    }
    [[clang::coro_wrapper]] io::Task<Result<http::IncomingResponse>> ask(http::OutgoingRequest& request) override
    {
        return connection_->client_.ask(request);
    }
    io::Task<void> end() override
    {
        co_await connection_->client_.end();
        connection_->is_taken_ = false;
    }
    bool nothing_received() const noexcept override { return connection_->client_.nothing_received(); }

private:
    Http1Connection* connection_;
};

std::unique_ptr<Turn> Http1Connection::begin()
{
    assert(!is_taken_);
    is_taken_ = true;
    return std::make_unique<Http1Turn>(*this);
}

}  // namespace

std::unique_ptr<Connection> make_http1_connection(std::unique_ptr<Path> path, const ExchangeLimits& limits)
{
    return std::make_unique<Http1Connection>(std::move(path), limits);
}

}  // namespace cais::client
