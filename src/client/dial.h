// From a name to a stream that HTTP can be spoken on: look up, race, the proxy's tunnel, TLS.
#pragma once
#include "client/addresses.h"
#include "client/failure.h"
#include "client/origin.h"
#include "io/task.h"
#include "io/tcp.h"
#include "tls/stream.h"
#include "trace/context.h"

#include <memory>
#include <optional>

namespace cais::tls {
class ClientContext;
class Sessions;
}  // namespace cais::tls

namespace cais::client {

class Resolver;

struct DialLimits {
    base::Duration resolve = std::chrono::seconds(30);
    base::Duration attempt = std::chrono::seconds(120);   // to connect to one address
    base::Duration handshake = std::chrono::seconds(30);  // of TLS, and of a proxy's answer
    base::Duration whole = std::chrono::minutes(5);       // all of it
};

// Borrowed, all of it, for the call; what is secure outlives the connections.
struct DialSettings {
    const Resolver& resolver;
    Families families = Families::both;
    const tls::ClientContext* tls = nullptr;        // for the origin; null: none is spoken
    const tls::ClientContext* proxy_tls = nullptr;  // for a proxy that is spoken to by TLS
    tls::Sessions* sessions = nullptr;              // what can be resumed; may be null
    std::string_view user_agent = {};               // for CONNECT
    DialLimits limits = {};
};

// When what was done; the same clock as base::now(). What was not done took no time.
struct DialTimes {
    base::Instant begun = {};
    base::Instant resolved = {};
    base::Instant connected = {};
    base::Instant secured = {};
};

// A connected stream and what it stands on.
class Path {
public:
    // What is written and read by HTTP.
    [[nodiscard]] io::Stream& stream() noexcept;
    // Null: not spoken.
    [[nodiscard]] const tls::Outcome* tls() const noexcept { return secure_ ? &secure_->outcome() : nullptr; }
    void close() noexcept;

    io::Address peer;  // a proxy's, where there is one
    io::Address local;
    DialTimes times;

private:
    friend class Dial;
    std::unique_ptr<io::TcpStream> tcp_;
    std::optional<tls::Stream> to_proxy_;
    std::optional<tls::Stream> secure_;
};

[[nodiscard]] io::Task<std::expected<std::unique_ptr<Path>, Failure>> dial(Way way, DialSettings settings,
                                                                           trace::Context trace);

}  // namespace cais::client
