// The story as lines for people: `-v` and `--trace text`.
//
//       12.345  >  request       GET /users/1 HTTP/2, stream 1
//                                :scheme: https
//                                accept: */*
//
// The time in milliseconds since the first line; who speaks: `>` we sent it, `<` we received it, `*` we did it, `!` it
// failed; what it is about. Where more than one story may be told, the id of each stands before it ("x7", "c3").
// Nothing that a peer sent can move the cursor, change a colour or turn a line around (safe_text.h).
#pragma once
#include "base/clock.h"
#include "trace/context.h"
#include "trace/secrets.h"
#include "trace/terminal.h"

#include <string>

namespace cais::trace {

struct TextStyle {
    Colour colour = Colour::off;
    Secrets secrets = Secrets::hidden;
    bool shows_ids = false;
};

// The event's lines without the first one's time, which append_text_time() puts before them.
void append_text_event(std::string& to, const Context& context, const Event& event, const TextStyle& style);

void append_text_time(std::string& to, base::Duration since_first, const TextStyle& style);

// The first line: the wall clock and the host.
void append_text_begin(std::string& to, base::WallTime time, std::string_view host, const TextStyle& style);

// "12.3 ms", "1.23 s", "45 us": three digits or more.
[[nodiscard]] std::string text_of(base::Duration duration);

// A colour's beginning; empty where there is none. "\x1b[0m" ends it.
inline constexpr std::string_view plain_colour = "\x1b[0m";

}  // namespace cais::trace
