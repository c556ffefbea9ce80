// What could not be done, and at which point of the way.
#pragma once
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cais::client {

enum class Phase : std::uint8_t {
    resolve,
    connect,
    proxy,  // connected to it, and it does not do what it should
    tls,
    certificate,  // TLS is spoken, and the peer is not believed
    exchange,     // from the request's first octet to the answer's head
    content,      // of the answer
};

[[nodiscard]] constexpr std::string_view name_of(Phase phase) noexcept
{
    switch (phase) {
    case Phase::resolve: return "resolve";
    case Phase::connect: return "connect";
    case Phase::proxy: return "proxy";
    case Phase::tls:
    case Phase::certificate: return "tls";
    case Phase::exchange: return "wait";
    case Phase::content: return "receive";
    }
    return "";
}

struct Failure {
    Error error;
    Phase phase = Phase::connect;
    std::string what;               // for a person: "connect to 192.0.2.1:443: Connection refused"
    bool is_of_proxy = false;       // the proxy's name, or the connection to it
    bool nothing_received = false;  // of an exchange: not an octet of an answer came
};

}  // namespace cais::client
