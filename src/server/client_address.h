// Whose request it is, where proxies stand before us: the address that a trusted one names.
#pragma once
#include "http/request.h"
#include "server/network.h"

#include <span>

namespace cais::server {

// The peer, unless it is trusted. Then X-Forwarded-For is read from its end, or Forwarded (RFC 7239) where there is no
// X-Forwarded-For: each trusted proxy has added whom it was asked by, so the first address that is not trusted itself
// is the client; all that stands before it is the client's own to write. What is no address (`unknown`, `_hidden`,
// nonsense) ends the search, and the proxy that wrote it stands for its client. The port is 0 where it is not the
// peer's.
//
// A proxy that adds to one of the two fields and lets its clients send the other must take that out: most add to
// X-Forwarded-For and know nothing of Forwarded, which is why that one counts first.
// Cost: nothing where `trust` is empty or does not have the peer; else one pass over the field. No allocation.
[[nodiscard]] io::Address client_address(const http::Request& request, std::span<const Network> trust) noexcept;

}  // namespace cais::server
