// Connecting to another machine's socket.
#pragma once
#include "io/address.h"
#include "io/task.h"
#include "io/tcp.h"

#include <memory>

namespace cais::io {

// A connected stream, with TCP_NODELAY.
// Errors    timed_out: no answer within `limit`; cancelled; failed, denied, …: what the network said (ECONNREFUSED).
[[nodiscard]] Task<Result<std::unique_ptr<TcpStream>>> connect(Address to, base::Duration limit);

}  // namespace cais::io
