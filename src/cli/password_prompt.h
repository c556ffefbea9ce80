// A new password, from whoever types it: never an argument, which everybody on the machine could read.
#pragma once
#include "modules/auth/secrets.h"

#include <expected>
#include <string>

namespace cais::cli {

// On a terminal it is asked for twice, without an echo; elsewhere it is the first line of standard input.
// Errors    what is wrong, for a person: the two differ, there is none, nobody may have it.
[[nodiscard]] std::expected<auth::Secret, std::string> ask_password(const std::string& name);

}  // namespace cais::cli
