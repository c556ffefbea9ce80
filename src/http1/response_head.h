// The head of a response, written: RFC 9112 §4 to §6.
#pragma once
#include "http/request.h"
#include "http/response.h"
#include "http/output.h"

#include <string>
#include <string_view>

namespace cais::http1 {

// How the content of a response is delimited.
struct ResponseFraming {
    enum Kind : std::uint8_t {
        none,     // the status or the method has none
        length,   // Content-Length
        chunked,  // RFC 9112 §7.1
        close,    // the end of the connection, for HTTP/1.0
    };
    Kind kind = none;
    std::uint64_t bytes = 0;
};
[[nodiscard]] ResponseFraming response_framing(const http::Request& request, const http::Response& response);

enum class Persistence : std::uint8_t {
    keep,         // HTTP/1.1: nothing need be said
    keep_spoken,  // HTTP/1.0: Connection: keep-alive
    close,        // Connection: close
};

// Date and Server, the same for every response of a second, ready made.
class CommonFields {
public:
    // "Date: …\r\nServer: …\r\n"; the second line is left out where `server` is empty.
    explicit CommonFields(std::string_view server)
        : server_(server)
    {
    }
    [[nodiscard]] std::string_view at(base::WallTime now);

private:
    std::string server_;
    std::string text_;
    std::int64_t second_ = -1;
};

// Whether a line can be sent as it is. One that cannot is left out: no text of a peer begins a line of its own in an
// answer, whichever module let it through.
[[nodiscard]] bool is_sendable(const http::FieldLine& line) noexcept;

// An empty Server says that there shall be none.
// Writes the head behind what `output` holds already. False where there is no room: flush, then again. A head over one
// buffer (a Location of 64 KiB, say) goes into `overflow` instead, to be sent after a flush. `common` is what
// CommonFields says.
[[nodiscard]] bool write_head(http::Output& output, std::string& overflow, const http::Response& response,
                              const ResponseFraming& framing, Persistence persistence, std::string_view common);

}  // namespace cais::http1
