// HTTP/1.1 and 1.0 as a server: RFC 9112. One connection after the other's request, in order; what is complete is
// answered, and what is answered leaves before the connection waits for anything.
//
// An idle connection holds no session and no buffer: only its coroutine waits.
#pragma once
#include "http/connection.h"
#include "http/exchange_observer.h"
#include "http/handler.h"
#include "http/limits.h"
#include "http1/response_head.h"
#include "io/stream.h"
#include "io/task.h"

#include <memory>
#include <vector>

namespace cais::http1 {

class Session;

// What the connections of one loop have in common. It outlives them.
class Service {
public:
    Service(base::Shared<http::Entry> entry, const http::Limits& limits, std::string_view server);
    ~Service();

    // What the next exchange enters; those that have begun hold their own.
    base::Shared<http::Entry> entry;
    const http::Limits& limits;  // may change between two turns
    http::ExchangeObserver* observer = nullptr;  // may stay null
    CommonFields common;
    // How far the server has gone in stopping.
    enum class Stage : std::uint8_t {
        serving,
        last_answers,  // what is answered says Connection: close; who rests may still ask once
        closing,       // and who rests is closed
    };
    Stage stage = Stage::serving;

    // A session for who is busy; a few are kept warm.
    [[nodiscard]] std::unique_ptr<Session> take();
    void give_back(std::unique_ptr<Session> session);

private:
    static constexpr std::size_t most_kept = 16;
    std::vector<std::unique_ptr<Session>> kept_;
};

// Serves `stream`, of which `about` tells, until it closes, is cancelled, or its peer asks for something that ends it. Returns when everything
// that was answered has left or failed; the caller closes the stream.
[[nodiscard]] io::Task<void> serve(io::Stream& stream, const http::Connection& about, Service& service);

}  // namespace cais::http1
