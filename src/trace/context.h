// Context: whose story an event belongs to, and who hears it. Whoever does something that may be told has one, by value
// or by reference, and passes it on with what is known more by then: the connection, the exchange.
//
//     if (trace) trace.say(trace::ConnectFailure{.address = address.text(), .why = base::describe(error)});
//
// Nobody listens where the listener is null: then an event costs that look. What an event is made of (texts, spans) is
// made only behind it.
#pragma once
#include "base/clock.h"
#include "trace/event.h"

#include <cstdint>
#include <string_view>

namespace cais::trace {

enum class Side : std::uint8_t { client, server };

struct Context;

// Hears what happened, and when. Several loops may call one at once: who is given to more than one takes care of it.
// What it is given ends with the call.
class Listener {
public:
    virtual void hear(const Context& context, base::Instant at, const Event& event) noexcept = 0;

protected:
    ~Listener() = default;
};

struct Context {
    Listener* listener = nullptr;
    Side side = Side::client;
    std::uint64_t connection = 0;  // by next_connection(); 0: none yet
    std::uint64_t exchange = 0;    // by next_exchange(); 0: what happens belongs to the connection
    // What W3C Trace Context calls so, as it is sent or was received (trace_parent.h); empty: nothing. A view of what
    // lives as long as the exchange.
    std::string_view trace_parent = {};

    explicit operator bool() const noexcept { return listener != nullptr; }
    // Somebody listens.
    void say(const Event& event) const noexcept { listener->hear(*this, base::now(), event); }
};

// The next number of this process, from 1. Any thread. To be asked for only where somebody listens.
[[nodiscard]] std::uint64_t next_connection() noexcept;
[[nodiscard]] std::uint64_t next_exchange() noexcept;

}  // namespace cais::trace
