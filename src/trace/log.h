// What the program says about itself, on standard error: one line for each error or warning, with what was being done,
// to what, what is wrong and what to do. Not here: who asked for what (server/access_log.h).
//
// No call waits for whoever reads standard error: a thread writes the lines, of which at most 256 KiB wait; what comes
// beyond is lost, and a later line says how many.
#pragma once
#include "base/clock.h"
#include "trace/terminal.h"
#include "trace/throttle.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace cais::trace {

enum class Level : std::uint8_t { error, warning, info };  // the most urgent first

// Says it. What a peer sent goes through base::append_printable first, so that one can see where it begins and ends;
// as a last line of defence every control is replaced here, and a message ends after 4 KiB.
// Any thread. Not for a signal handler. Cost: some 1 µs; not for the hot path.
void log(Level level, std::string_view message);

// The same, for what a peer or a disk can cause at will: one line a second with the same key. How many were left out is
// said before the next line, whatever its key, that comes after that second, and at the end.
void log(Level level, Key key, std::string_view message);

// Lines less urgent than `least` are not said; info at first: all of them are.
void set_level(Level least);

// Where the messages go instead of standard error, for tests; an empty one means standard error again. Gives the one
// before. It is called by one thread at a time and may not log.
using Sink = std::function<void(Level, std::string_view message)>;
Sink set_sink(Sink sink);

// Takes hold of standard error now instead of with the first line: so that a line can be said when there are no
// descriptors left.
void prepare();

// Says what was left out, then waits until standard error has everything, for at most `limit`: false where it has not.
// The end of the program (exit, return from main) does it too.
bool flush(base::Duration limit = std::chrono::seconds(2));

// The line that is written, with its '\n'.
struct LineStyle {
    bool timestamp;  // "2000-10-10T13:55:36.123Z " first: what is kept in a file wants it, a person at a terminal does
                     // not
    Colour colour;
};
[[nodiscard]] std::string line_of(Level level, std::string_view message, LineStyle style, base::WallTime time);

}  // namespace cais::trace
