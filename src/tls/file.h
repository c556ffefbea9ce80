// A file with certificates or a key, read whole: for start-up and reload, on a thread that may wait. What somebody with
// more permissions has read for us (base/handed_files.h) is taken from there. For this folder.
#pragma once
#include "base/result.h"

#include <string>

namespace cais::tls {

struct File {
    std::string content;
    unsigned mode = 0;  // its permissions
};

// Errors    those of open(2) and read(2); unsupported: it is no regular file; too_large: more than 4 MiB.
[[nodiscard]] Result<File> read_file(const std::string& path);

}  // namespace cais::tls
