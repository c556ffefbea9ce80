// Public suffixes: domains under which anybody gets a name of his own ("com", "co.uk", "github.io"), so that no cookie
// may be for all of them (publicsuffix.org). By libpsl: the newer of the list that it was built with and the system's
// (Debian: the package publicsuffix).
#pragma once
#include <string_view>

namespace cais::client {

// `domain`: ASCII, lower case. A single label is always one, known or not. The first call reads the system's list, some
// 40 KiB.
[[nodiscard]] bool is_public_suffix(std::string_view domain);

}  // namespace cais::client
