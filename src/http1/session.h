// A busy connection: from the first octet of a request until nothing more is to be done. Pooled, a loop's connections
// take turns with a few of them.
//
// | what happens                               | what comes of it                                                   |
// | ------------------------------------------ | ------------------------------------------------------------------ |
// | a head is refused                          | its status, Connection: close, what still comes is read off        |
// | the peer half-closes between requests      | everything answered leaves, then the connection closes             |
// | … inside a head                            | it closes without an answer: nobody asked anything                 |
// | … inside content                           | the handler's read fails; its answer still leaves; then it closes  |
// | … while we answer                          | the answer is still sent                                           |
// | the answer comes before the content is read| it leaves; the rest is read off, within limits, or it closes       |
// | the answer's body fails half way           | the connection closes without ending the message                   |
// | the peer reads too slowly, or is gone      | it closes                                                          |
#pragma once
#include "base/arena.h"
#include "http/request.h"
#include "http/response.h"
#include "http1/content_reader.h"
#include "http1/input.h"
#include "http1/output.h"
#include "http1/request_parser.h"
#include "http1/response_head.h"
#include "io/loop.h"

#include <array>
#include <optional>

// A coroutine off the hot path: not to be made a part of its caller's frame, which would be paid for by every request.
#define CAIS_RARE [[gnu::noinline, gnu::cold]]

namespace cais::http1 {

class Service;

class Session final : private http::Wire, private io::TurnEnd {
public:
    explicit Session(Service& service);
    ~Session() override;

    enum class Next : std::uint8_t { idle, close };

    // Until the connection is idle (everything that came is answered and gone), or is to be closed. `requests` counts
    // this connection's.
    [[nodiscard]] io::Task<Next> run(io::Stream& stream, const io::Address& peer, std::uint64_t& requests);

private:
    // What one connection needs while it is busy.
    struct Connection {
        Connection(io::Stream& on, const io::Address& from, const http::Limits& limits, Input& in, base::Arena& arena)
            : stream(on), peer(from), output(on, limits), content(on, in, output, limits, arena)
        {
        }
        io::Stream& stream;
        const io::Address& peer;
        Output output;
        ContentReader content;
        base::Instant head_began{};
        bool is_reading_over = false;  // the peer has sent its FIN
    };
    enum class Flow : std::uint8_t { go_on, wait, idle, close };

    [[nodiscard]] Flow read_more();
    [[nodiscard]] io::Task<Flow> wait_for_head();
    [[nodiscard]] io::Task<bool> exchange(std::uint64_t& requests);
    [[nodiscard]] std::optional<Refusal> understand();
    [[nodiscard]] io::Task<http::Response> ask_handler();
    [[nodiscard]] io::Task<Result<void>> send(http::Response& response, Persistence persistence);
    [[nodiscard]] CAIS_RARE io::Task<Result<void>> send_head(const http::Response& response, const ResponseFraming& framing, Persistence persistence);
    [[nodiscard]] CAIS_RARE io::Task<Result<void>> send_body(http::Response& response, const ResponseFraming& framing);
    [[nodiscard]] CAIS_RARE io::Task<Result<void>> send_slice(const http::FileSlice& slice, bool is_last);
    [[nodiscard]] CAIS_RARE io::Task<void> refuse(Refusal refusal);
    [[nodiscard]] CAIS_RARE io::Task<void> linger();
    [[nodiscard]] bool says_last() const;
    [[nodiscard]] bool may_persist(const http::Response& response, const ResponseFraming& framing, std::uint64_t requests) const;
    void end_exchange(bool complete) noexcept;

    // http::Wire
    io::Task<Result<void>> inform(http::Status status, const http::Fields& fields) override;
    io::Task<Result<void>> peer_gone() override;
    // io::TurnEnd: earlier answers leave though this request's handler still works.
    void turn_ended() noexcept override;

    Service* service_;
    std::array<std::byte, 4096> first_block_;
    base::Arena arena_;
    Input input_;
    http::Request request_;
    RequestParser parser_;
    std::optional<Connection> connection_;
    std::uint64_t content_sent_ = 0;
    std::string overflow_;
};

}  // namespace cais::http1
