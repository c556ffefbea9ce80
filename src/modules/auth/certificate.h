// Client certificates: who a verified one stands for. That it was verified, and against which authority, is the
// listener's business (http/connection.h).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cais::auth {

// The subject's common name, decoded, of a distinguished name as RFC 4514 writes it. Empty where there is none, more
// than one, or one that is not text: then nobody can say whose it is.
[[nodiscard]] std::optional<std::string> common_name(std::string_view subject);

}  // namespace cais::auth
