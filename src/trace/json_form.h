// The story as JSON: one event a line, an object of RFC 8259.
//
// | member        | is | | ------------- |
// --------------------------------------------------------------------------------------------------- | | `t` |
// microseconds since the first line; never less than in the line before                               | | `event` |
// what happened: "tls.handshake"; docs/trace.md has them all                                          | | `id` | whose
// story it is: "x7" an exchange, "c3" a connection, "trace" the story as a whole                | | `side`        |
// "client" or "server"                                                                                | | `connection`
// | "c3": the connection that an exchange's event belongs to                                            | |
// `traceparent` | of W3C Trace Context, where the exchange has one                                                    |
// | `earlier`     | where the line was held back: it happened so many microseconds before `t` |
//
// All else is the event's own: its members' names, those that are empty left out.
#pragma once
#include "base/clock.h"
#include "trace/context.h"
#include "trace/secrets.h"

#include <string>
#include <string_view>

namespace cais::trace {

// The event without its time: from behind the first member, with the line's end. append_json_time() comes before it.
void append_json_event(std::string& to, const Context& context, const Event& event, Secrets secrets);

// The beginning of a line.
void append_json_time(std::string& to, base::Duration since_first, base::Duration earlier = {});

// The first line: "trace.begin", with the wall clock ("time", RFC 3339, and "wall", microseconds since 1970) and the
// host's name.
void append_json_begin(std::string& to, Side side, base::WallTime time, std::string_view host);

[[nodiscard]] std::string_view text_of(Side side) noexcept;
// "x7" of an exchange, else "c3" of a connection, else "trace".
[[nodiscard]] std::string id_of(const Context& context);

}  // namespace cais::trace
