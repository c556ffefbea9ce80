// Names to addresses. The one file that knows how: today the system's resolver, on the pool.
#pragma once
#include "io/address.h"
#include "io/task.h"

#include <string>
#include <vector>

namespace cais::client {

// The addresses of `host` (a name or an address, without brackets) in the order in which they are to be tried
// (RFC 6724, as the system is configured), at most 16, with `port`.
// Errors    not_found: the name does not exist or has no address; timed_out, cancelled; failed: no resolver answered.
[[nodiscard]] io::Task<Result<std::vector<io::Address>>> resolve(std::string host, std::uint16_t port,
                                                                 base::Duration limit);

}  // namespace cais::client
