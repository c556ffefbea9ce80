// Two stories of `--trace json` on one time line, for people: a client's and a server's, of one machine or of two.
//
// Each story begins with its wall clock, by which its events are placed. Exchanges that both tell of are known by their
// traceparent. A server cannot have received a request before the client sent it, nor a client an answer before the
// server did: where the clocks say so they differ, and the second story is moved by as much as that needs.
#pragma once
#include "trace/terminal.h"

#include <boost/json.hpp>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace cais::cli {

// One line of a story.
struct ToldEvent {
    std::int64_t wall = 0;  // microseconds since 1970, by the clock of its host
    std::size_t place = 0;  // among the others, as they came
    std::string name;       // "request.head"
    std::string id;         // "x7"
    std::string trace_parent;
    boost::json::object members;
};

struct ToldStory {
    std::string name;  // its file, for people
    std::string host;
    std::string side;                 // "client", "server"
    std::vector<ToldEvent> events;    // in their order, by time
    std::vector<std::string> faults;  // lines that are none, the first few; said and left out
    std::uint64_t bad_lines = 0;      // how many there are
};

// Errors    a sentence: it does not begin as a story does, or nothing in it is an event.
[[nodiscard]] std::expected<ToldStory, std::string> read_story(std::string_view text, std::string name);

// Both, line by line in the order of time.
[[nodiscard]] std::string join_stories(const ToldStory& first, const ToldStory& second, trace::Colour colour);

}  // namespace cais::cli
