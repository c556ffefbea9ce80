// HTTP/1.1 and 1.0 as a server: RFC 9112. One connection after the other's request, in order; what is complete is
// answered, and what is answered leaves before the connection waits for anything.
//
// An idle connection holds no session and no buffer: only its coroutine waits.
#pragma once
#include "http/connection.h"
#include "http/service.h"
#include "http1/response_head.h"
#include "io/stream.h"
#include "io/task.h"

#include <memory>
#include <string>
#include <vector>

namespace cais::http1 {

class Session;

// The sessions of one loop: one for who is busy; a few are kept warm. It outlives the connections.
class Sessions {
public:
    // `service` outlives it.
    explicit Sessions(http::Service& service);
    ~Sessions();

    CommonFields common;

    [[nodiscard]] http::Service& service() const noexcept { return *service_; }
    [[nodiscard]] std::unique_ptr<Session> take();
    void give_back(std::unique_ptr<Session> session);

private:
    static constexpr std::size_t most_kept = 16;
    http::Service* service_;
    std::vector<std::unique_ptr<Session>> kept_;
};

// Serves `stream`, of which `about` tells, until it closes, is cancelled, or its peer asks for something that ends it.
// Returns when everything that was answered has left or failed; the caller closes the stream. Not null: in clear the
// peer began with HTTP/2's preface (RFC 9113 §3.3), and this is all that was read.
[[nodiscard]] io::Task<std::unique_ptr<std::string>> serve(io::Stream& stream, const http::Connection& about,
                                                           Sessions& sessions);

}  // namespace cais::http1
