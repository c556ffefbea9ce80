// The sites of a configuration: each for itself, and all of them against each other. Parts of read_configuration().
#pragma once
#include "server/configuration.h"

namespace cais::server {

// Reads one [[site]]. What is wrong is said and left out.
[[nodiscard]] Site read_site(config::Table& table);

// What no site can know of itself: two that want the same, and what TLS wants from the rest of the configuration.
void check_sites(const Configuration& configuration, config::Diagnostics& diagnostics);

}  // namespace cais::server
