// Event: one thing that happened inside, for whoever asked to hear of it (`-v`, a test): typed, so that each listener
// shows it as it likes. Not here: what the program says by itself (trace/log.h).
//
// Where nobody listens an event costs a look at a null pointer: `if (listener != nullptr) listener->hear(…)`.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

namespace cais::trace {

enum class Direction : std::uint8_t { received, sent };

// A message of a TLS handshake (RFC 8446 §4, RFC 5246 §7.4), an alert (§6) or a change of cipher.
struct TlsMessage {
    Direction direction;
    enum Content : std::uint8_t { change_cipher_spec = 20, alert = 21, handshake = 22 } content;
    std::uint8_t type;      // of a handshake message; an alert's description
    std::string_view name;  // "ClientHello", "close notify"; static
    std::size_t octets;     // with its head
};

// One step of verifying a peer's certificates: a certificate of the chain, or the name that it must be for.
struct TlsVerification {
    int depth;                 // 0: the peer's own certificate
    std::string_view subject;  // RFC 4514
    bool holds;
    std::string_view outcome;  // "ok", "certificate has expired"; static
};

// A handshake that did not come to its end.
struct TlsFailure {
    std::string_view why;
};

using Event = std::variant<TlsMessage, TlsVerification, TlsFailure>;

// Views inside an event end with the call.
class Listener {
public:
    virtual void hear(const Event& event) noexcept = 0;

protected:
    ~Listener() = default;
};

}  // namespace cais::trace
