// The handshake as a server: RFC 8446 §4, RFC 5246 §7.4.
#pragma once
#include "io/address.h"
#include "io/task.h"
#include "tls/server_context.h"
#include "tls/stream.h"
#include "trace/context.h"

#include <string>

namespace cais::tls {

// What a handshake is made with; it outlives the call.
struct Arrival {
    const ServerContext& context;
    Certificates::Reader* certificates = nullptr;  // this loop's; null where context has none
    io::Address peer = {};                         // for the log
    io::Address local = {};                        // which address it came to: for who names none
    base::Duration limit = std::chrono::seconds(10);
    // What an HTTP request without TLS is answered with, in the clear; then the connection closes.
    std::string (*plain_answer)() = nullptr;
    trace::Context trace = {};  // hears of each message and each step of a verification
};

// Makes `stream` ready to be read and written. Says in the log why a handshake failed: whose certificate is missing,
// which version was offered, what an alert said.
// Errors    timed_out, cancelled, ended: the peer went away; malformed: it does not speak TLS as it should;
// unsupported:
//           it offers nothing that we speak; denied: its certificate, or none; not_found: we have no certificate yet.
//           The caller closes; what could be said to the peer was said.
[[nodiscard]] io::Task<Result<void>> accept(Stream& stream, const Arrival& arrival);

}  // namespace cais::tls
