// Kernel TLS: the kernel protects what a connection sends (Linux, Documentation/networking/tls.rst), so that a file
// leaves by sendfile as it does without TLS, without a copy of ours. What is received stays ours (records.h): requests
// are small.
//
// A kernel has it as a module, `tls`, that somebody has loaded, and not for every suite. It is asked when there is a
// use for it; where it says that it has none, nobody asks again as long as the process lives. A socket never comes
// back.
//
// The kernel takes more than goes into the socket's buffer, tells nobody, and drops the rest where the socket is closed
// meanwhile. So it is given only what surely fits: io::TcpStream::room().
#pragma once
#include "tls/records.h"

#include <string_view>

namespace cais::tls {

// Whether the kernel may have it, for this suite. Costs nothing.
[[nodiscard]] bool may_send_by_kernel(const Suite& suite) noexcept;

// From now on what is written to `socket` is the content of records under that key. False: it is not, and the socket is
// what it was. Everything that was sealed before has been written.
[[nodiscard]] bool send_by_kernel(int socket, const TrafficKey& key) noexcept;

// The key changes. False: the kernel cannot (Linux before 6.14), and the socket is of no use any more.
[[nodiscard]] bool change_key_of_kernel(int socket, const TrafficKey& key) noexcept;

// A record of another type than content, behind what was written so far. False: it did not leave.
bool write_record_by_kernel(int socket, ContentType type, std::string_view octets) noexcept;

}  // namespace cais::tls
