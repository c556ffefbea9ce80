// The files of the local authority, so that several programs may start at once and any may be killed at any step.
#pragma once
#include "base/result.h"

#include <string>
#include <string_view>

namespace cais::tls {

// All calls block on the disk.

// What root.pem of `folder` holds.
// Errors    not_found; denied: others may read it, or we may not; malformed: no regular file, or far too large.
[[nodiscard]] Result<std::string> read_root(const std::string& folder);

// Writes it, whole and on the disk when this returns, unless there is one already: that one stays. Gives what is there
// then. The folder is made where it is missing, with what leads to it.
[[nodiscard]] Result<std::string> keep_root(const std::string& folder, std::string_view pem);

// root.crt, unless it holds just that.
[[nodiscard]] Result<void> publish_root(const std::string& folder, std::string_view certificate);

}  // namespace cais::tls
