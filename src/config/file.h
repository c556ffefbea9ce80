// A small file, read whole and at once: for start-up and reload, on a thread that may wait.
#pragma once
#include "base/result.h"

#include <cstddef>
#include <string>

namespace cais::config {

struct File {
    std::string content;
    unsigned mode = 0;   // its permissions
    unsigned owner = 0;  // its user's number
};

// Errors    those of open(2) and read(2); unsupported: it is no regular file; too_large: more than `most` octets.
[[nodiscard]] Result<File> read_file(const std::string& path, std::size_t most);

}  // namespace cais::config
