// Looks at what a configuration names: folders, certificates and their keys, programs, the user. Creates and changes
// nothing, so that `cais check` can be run by anybody at any time; waits for the disk.
#pragma once
#include "server/configuration.h"

namespace cais::server {

// What is not there, or not as it has to be, is said at its place.
void inspect(const Configuration& configuration, config::Diagnostics& diagnostics);

// Whether others than a file's owner and group have any permission for it: a key like that is refused (RFC 9325 is
// silent; OpenSSH and Debian's ssl-cert have it so).
[[nodiscard]] bool is_open_to_others(unsigned mode) noexcept;

}  // namespace cais::server
