// Giving up root for good.
#pragma once
#include "server/state_folder.h"

#include <expected>
#include <string>

namespace cais::server {

// From here on this process is `account`, with the groups that it has and no capability, and nothing that it starts can
// be more (PR_SET_NO_NEW_PRIVS). It tries to come back, and must fail. For a process with one thread.
// Errors    a sentence: what could not be given up. The process must end then.
[[nodiscard]] std::expected<void, std::string> become_for_good(const Account& account);

}  // namespace cais::server
