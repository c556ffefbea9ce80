// A file that is for its owner alone: a trace, a log of keys.
#pragma once
#include "base/result.h"

#include <cstdint>
#include <string>

namespace cais::trace {

enum class Opened : std::uint8_t { anew, at_its_end };  // what was there is lost; or stays

// Opens `path` for writing, as a descriptor that the caller closes; makes it where it is not there. A regular file is
// 0600 from before its first octet: one that was wider is made narrow. Something else (a pipe, a terminal) stays as it
// is. Errors: what opening it came to; denied, where it is somebody else's and others may read it.
[[nodiscard]] Result<int> open_private(const std::string& path, Opened opened);

}  // namespace cais::trace
