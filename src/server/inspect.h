// Looks at what a configuration names: folders, certificates and their keys, programs, the user. Creates and changes
// nothing, so that `cais check` can be run by anybody at any time; waits for the disk.
#pragma once
#include "server/configuration.h"

namespace cais::server {

// What is not there, or not as it has to be, is said at its place.
void inspect(const Configuration& configuration, config::Diagnostics& diagnostics);

// The same of what is in the state folder: users and groups that a route's `auth` names, and that are not there (as far
// as the file of users can be read), and the local authority of a site that wants one. Not for a server: it reads the
// first anew for its requests, and the second belongs to the user that it becomes, whose files root is to leave alone.
void inspect_state(const Configuration& configuration, config::Diagnostics& diagnostics);

// Whether others than a file's owner and group have any permission for it: a key like that is refused (RFC 9325 is
// silent; OpenSSH and Debian's ssl-cert have it so).
[[nodiscard]] bool is_open_to_others(unsigned mode) noexcept;

}  // namespace cais::server
