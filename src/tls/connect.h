// The handshake as a client.
#pragma once
#include "io/task.h"
#include "tls/client_context.h"
#include "tls/sessions.h"
#include "tls/stream.h"
#include "trace/context.h"

#include <string>

namespace cais::tls {

struct Destination {
    const ClientContext& context;
    std::string
        host;  // a DNS name, in its A-label form, or an address without brackets: whom the certificate must name
    base::Duration limit = std::chrono::seconds(10);
    trace::Context trace = {};     // hears of each message and each step of the verification
    std::uint16_t port = 443;      // whose sessions are resumed: of one host, another port may be another server
    Sessions* sessions = nullptr;  // null: none is resumed; outlives the stream
};

// Makes `stream` ready to be read and written. A server is believed where its certificate leads to one of our
// authorities and names the host: a DNS-ID, with a wildcard for one whole label at most, or an IP-ID (RFC 9525 §6);
// never its common name. Errors    denied: it is not believed, what says why ("certificate has expired"); ended,
// timed_out, cancelled;
//           malformed, unsupported: it does not speak TLS as it should, or nothing that we speak.
[[nodiscard]] io::Task<Result<void>> connect(Stream& stream, const Destination& destination);

}  // namespace cais::tls
