// Connecting to whichever address of a name answers first: Happy Eyeballs, RFC 8305.
//
// The first attempt begins when IPv6 addresses are there, or 50 ms after those of IPv4 came alone (§3). The families
// take turns, IPv6 first (§4); the next attempt begins 250 ms after the one before, or as soon as all have failed (§5).
// The first that is connected wins, and the others are called off.
#pragma once
#include "client/addresses.h"
#include "io/tcp.h"
#include "trace/context.h"

#include <memory>
#include <string>

namespace cais::client {

struct RaceSettings {
    base::Duration resolution_delay = std::chrono::milliseconds(50);
    base::Duration attempt_delay = std::chrono::milliseconds(250);
    base::Duration attempt = std::chrono::seconds(120);  // each; the kernel gives up by itself after some two minutes
    trace::Context trace = {};                           // hears of each attempt
};

struct Connected {
    std::unique_ptr<io::TcpStream> stream;
    io::Address peer;
    base::Instant began;  // its attempt
};

// What it came to where nobody could be connected to.
struct RaceLost {
    Error error;
    io::Address tried;  // the last of them; of no family where there was none
};

// `addresses` is filled meanwhile by somebody else (Resolver::look_up) and outlives the call.
// Errors    not_found, failed, …: the lookup's fault, where there is no address; what the last attempt came to;
//           cancelled.
[[nodiscard]] io::Task<std::expected<Connected, RaceLost>> race(Addresses& addresses, RaceSettings settings);

}  // namespace cais::client
