// A busy connection: from the first octet of a request until nothing more is to be done. Pooled, a loop's connections
// take turns with a few of them.
//
// | what happens                               | what comes of it                                                   |
// | ------------------------------------------ | ------------------------------------------------------------------ |
// | a head is refused                          | its status, Connection: close, what still comes is read off        |
// | … whose host is known                      | … and what every answer of that site has                           |
// | the peer half-closes between requests      | everything answered leaves, then the connection closes             |
// | … inside a head                            | it closes without an answer: nobody asked anything                 |
// | … inside content                           | the handler's read fails; its answer still leaves; then it closes  |
// | … while we answer                          | the answer is still sent                                           |
// | the answer comes before the content is read| it leaves; the rest is read off, within limits, or it closes       |
// | the answer's body fails half way           | what there is leaves; it closes without ending the message: by FIN |
// |                                            | where a length or chunks show the cut, else by a reset             |
// | the peer reads too slowly, or is gone      | it closes                                                          |
#pragma once
#include "base/arena.h"
#include "http/exchange.h"
#include "http/exchange_story.h"
#include "http/handler.h"
#include "http/output.h"
#include "http1/content_reader.h"
#include "http1/input.h"
#include "http1/request_parser.h"
#include "http1/response_head.h"
#include "io/loop.h"

#include <array>
#include <optional>

namespace cais::http1 {

class Sessions;

class Session final : private http::Wire, private io::TurnEnd {
public:
    explicit Session(Sessions& sessions);
    ~Session() override;

    enum class Next : std::uint8_t {
        idle,
        close,
        http_2,  // what came first is HTTP/2's preface: see unread()
    };

    // Until the connection is idle (everything that came is answered and gone), or is to be closed. `requests` counts
    // this connection's.
    [[nodiscard]] io::Task<Next> run(io::Stream& stream, const http::Connection& about, std::uint64_t& requests);
    // After http_2: all that was read.
    [[nodiscard]] std::string take_unread() noexcept { return std::exchange(unread_, {}); }

private:
    // What one connection needs while it is busy.
    struct Connection {
        Connection(io::Stream& on, const http::Connection& from, const http::Limits& limits, Input& in,
                   base::Arena& arena)
            : stream(on)
            , about(from)
            , output(on, limits)
            , content(on, in, output, limits, arena)
        {
        }
        io::Stream& stream;
        const http::Connection& about;
        http::Output output;
        ContentReader content;
        base::Instant head_began{};
        bool is_reading_over = false;  // the peer has sent its FIN
    };
    enum class Flow : std::uint8_t { go_on, wait, idle, close };

    // What is rare is never inlined: a compiler that inlines a coroutine puts its frame into its caller's, and run()'s,
    // that is taken for each request, would be of 10 KiB from the heap instead of one from the pool.
    [[nodiscard]] Flow read_more();
    [[nodiscard, gnu::noinline]] io::Task<Flow> wait_for_head();
    [[nodiscard]] io::Task<bool> exchange(std::uint64_t& requests);
    [[nodiscard]] std::optional<Refusal> check_host();
    void ask(std::string_view host);
    [[nodiscard]] std::optional<Refusal> understand();
    [[nodiscard]] bool append_whole(const http::Response& response, const ResponseFraming& framing,
                                    Persistence persistence, bool has_content);
    [[nodiscard, gnu::noinline]] io::Task<Result<void>> send(http::Response& response, const ResponseFraming& framing,
                                                             Persistence persistence, bool has_content);
    [[nodiscard, gnu::noinline]] io::Task<Result<http::Chunk>> pull(http::Body::Source& source);
    [[nodiscard, gnu::noinline]] io::Task<Result<void>> send_chunks(http::Body::Source& source,
                                                                    ResponseFraming framing);
    [[nodiscard]] std::unexpected<Error> cut(const Error& error);
    [[nodiscard, gnu::noinline]] io::Task<void> take_over(http::Takeover& takeover);
    [[nodiscard, gnu::noinline]] io::Task<bool> end_scope();
    [[nodiscard, gnu::noinline]] io::Task<void> refuse(Refusal refusal);
    [[nodiscard, gnu::noinline]] io::Task<void> linger();
    [[nodiscard]] bool says_last() const;
    [[nodiscard]] Persistence persistence_after(const http::Response& response, const ResponseFraming& framing,
                                                std::uint64_t requests) const;
    void end_exchange(bool complete) noexcept;
    [[gnu::noinline]] void begin_story();
    [[gnu::noinline]] void tell_head(http::Status status, std::string_view before);
    [[gnu::noinline]] void tell_closed(std::uint64_t requests);

    // http::Wire
    io::Task<Result<void>> inform(http::Status status, const http::Fields& fields) override;
    io::Task<Result<void>> peer_gone() override;
    // io::TurnEnd: earlier answers leave though this request's handler still works.
    void turn_ended() noexcept override;

    Sessions* sessions_;
    http::Service* service_;
    std::array<std::byte, 4096> first_block_;
    base::Arena arena_;
    Input input_;
    http::Request request_;
    RequestParser parser_;
    base::Shared<http::Entry> entry_;  // that this exchange began with, once its host is known; answers may refer to it
    std::optional<Connection> connection_;
    std::uint64_t content_sent_ = 0;
    bool answer_begun_ = false;  // its head is written: nothing may be put before it
    bool head_written_ = false;
    bool body_failed_ = false;                  // what the answer is made of, not the connection
    std::optional<Result<http::Chunk>> first_;  // read before the head was written
    std::unique_ptr<http::ExchangeStory> story_;  // null: nobody listens
    const char* why_closed_ = nullptr;            // for who listens; null: what was sent or received last failed
    std::string known_host_;                      // a valid one
    std::string unread_;
    std::string overflow_;  // a head that is larger than a buffer
};

}  // namespace cais::http1
