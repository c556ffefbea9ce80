// What the server is given of a configuration.
#pragma once
#include "server/configuration.h"
#include "server/server.h"

#include <expected>
#include <string>

namespace cais::server {

// Errors    a sentence: it asks for something that the server cannot do yet.
[[nodiscard]] std::expected<Settings, std::string> settings_of(const Configuration& configuration);

}  // namespace cais::server
