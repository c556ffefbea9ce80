// Event: one thing that happened inside, for whoever asked to hear of it (`-v`, `--trace`, a test): typed, so that each
// listener shows it as it likes, and the same for both sides of an exchange. Who says one has a Context (context.h).
// Not here: what the program says by itself (log.h).
//
// | header                   | what it is about                                                                       |
// | ------------------------ | -------------------------------------------------------------------------------------- |
// | connection_events.h      | names, addresses that are tried, connections: opened, used again, kept, closed         |
// | tls_events.h             | each message of a handshake, each step of a verification, what was agreed on           |
// | frame_events.h           | the frames of HTTP/2 and HTTP/3                                                        |
// | exchange_events.h        | heads, content, trailers; choices, redirects, further tries; how it ended              |
//
// Each says its name as `event_name`, which the JSON form has as "event".
#pragma once
#include "trace/connection_events.h"
#include "trace/exchange_events.h"
#include "trace/frame_events.h"
#include "trace/tls_events.h"

#include <string_view>
#include <variant>

namespace cais::trace {

using Event =
    std::variant<ResolveBegin, ResolveAnswer, ResolveFailure, RaceBegin, ConnectBegin, Connected, ConnectFailure,
                 ConnectCancelled, ProxyUsed, ConnectionAccepted, ConnectionOpened, ConnectionReused, ConnectionKept,
                 ConnectionClosed, TlsOffer, TlsTrust, TlsMessage, TlsVerification, TlsVerdict, TlsEstablished,
                 TlsKernel, TlsFailure, Frame, RequestHead, ResponseHead, ContentProgress, Trailers, MessageEnd,
                 Routing, Choice, CacheDecision, Redirect, Retry, Failure, ExchangeEnd>;

[[nodiscard]] inline std::string_view name_of(const Event& event) noexcept
{
    return std::visit([](const auto& what) { return what.event_name; }, event);
}

}  // namespace cais::trace
