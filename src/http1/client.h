// HTTP/1.1 as a client: RFC 9112. One exchange after the other on a connection, each streamed both ways.
//
// | what happens                                  | what comes of it                                               |
// | --------------------------------------------- | -------------------------------------------------------------- |
// | the answer comes before the content was sent  | it is given at once; content goes on, unless the answer is an  |
// |                                               | error and says that the connection closes (RFC 9112 §9.5)      |
// | the peer takes no more content                | an answer is still waited for; without one, that is the error  |
// | the peer half-closes before an answer         | `ended`; nothing_received() says whether none had begun        |
// | … inside content                              | the body's read fails, unless its end was that of the          |
// |                                               | connection: then it ends                                       |
// | the body that we send fails                   | the connection ends without an end of the request              |
// | more comes behind an answer                   | the connection is not used again                               |
// | we asked for 100 (Continue) and none comes    | after `continue_time` the content is sent (RFC 9110 §10.1.1);  |
// |                                               | a final answer instead: it never is                            |
#pragma once
#include "base/arena.h"
#include "http/outgoing_request.h"
#include "http1/content_reader.h"
#include "http1/input.h"
#include "http/output.h"
#include "http1/response_parser.h"
#include "io/loop.h"
#include "io/scope.h"

namespace cais::http1 {

struct ClientLimits {
    // request_line bounds the status line, fields, field_lines, content_* and send_* the rest of an exchange.
    http::Limits message;
    unsigned interim_responses = 16;                        // before the final one
    base::Duration answer_time = std::chrono::seconds(60);  // last octet sent to the whole head, or between two heads
    base::Duration continue_time = std::chrono::seconds(1);
};

class Client {
public:
    // Both outlive it.
    Client(io::Stream& stream, const ClientLimits& limits);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    // Sends `request`, which outlives the exchange, and waits for the head of the final response. After a 101 that was
    // asked for, or a 2xx to CONNECT, the stream is the caller's, beginning with unread().
    // Errors    malformed, too_large, unsupported: the request cannot be sent, or the answer cannot be taken;
    //           timed_out, cancelled, ended, failed. After an error too, end() is called.
    [[nodiscard]] io::Task<Result<http::IncomingResponse>> ask(http::OutgoingRequest& request);

    // Ends the exchange: what is still being sent is cut off. On every path, also before this is destroyed.
    [[nodiscard]] io::Task<void> end();

    // After end(): whether another exchange may follow on this connection.
    [[nodiscard]] bool is_reusable() const noexcept { return is_reusable_; }
    // After an error of ask(): whether not an octet of an answer had come, as on a connection that the peer had closed
    // meanwhile (RFC 9112 §9.3.1).
    [[nodiscard]] bool nothing_received() const noexcept { return !has_received_; }
    // What was read behind the head that ended HTTP on this connection.
    [[nodiscard]] std::string_view unread() const noexcept [[clang::lifetimebound]] { return content_.unread(); }

private:
    [[nodiscard]] io::Task<Result<void>> read_head(const http::OutgoingRequest& request);
    [[nodiscard]] io::Task<Result<void>> wait_for_head();
    [[nodiscard]] Result<void> take_interim(const http::OutgoingRequest& request);
    [[nodiscard]] bool is_final(const http::OutgoingRequest& request) const;
    io::Task<void> send(http::OutgoingRequest& request, Framing framing);
    [[nodiscard]] io::Task<Result<void>> send_content(http::Body& body, Framing framing);
    [[nodiscard]] io::Task<Result<void>> send_text(std::string_view text);

    io::Stream* stream_;
    const ClientLimits* limits_;
    base::Arena arena_;
    Input input_;
    http::Output output_;
    ContentReader content_;
    ResponseParser parser_;
    http::Fields fields_;
    io::Scope sending_;
    std::string head_;
    std::optional<Result<void>> sent_;  // how sending ended
    base::Instant waiting_since_{};     // for a head
    unsigned interims_ = 0;
    io::Event may_send_;  // content: a 100 has come, or a final answer
    bool has_answer_ = false;
    bool has_received_ = false;
    bool persists_ = false;  // by what the request and the answer say
    bool is_reusable_ = true;
};

}  // namespace cais::http1
