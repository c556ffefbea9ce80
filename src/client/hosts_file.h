// The hosts file (hosts(5)): names that need no name server.
#pragma once
#include "io/address.h"

#include <string>
#include <string_view>
#include <vector>

namespace cais::client {

inline constexpr std::size_t most_of_hosts_file = std::size_t{16} << 20;  // octets that are looked at

// The addresses that `text`, such a file, has for `name`, in any case; port 0. Lines that are no such lines are passed
// over. Cost: one pass over the file, which blocklists make some hundred thousand lines long.
[[nodiscard]] std::vector<io::Address> addresses_in_hosts(std::string_view text, std::string_view name);

// The same of the file at `path`; none where it cannot be read. It is read here and now: it is small, and in the cache.
[[nodiscard]] std::vector<io::Address> addresses_in_hosts_file(const std::string& path, std::string_view name);

}  // namespace cais::client
