// TOML 1.0 into Values: the one place that knows toml++.
#pragma once
#include "config/value.h"

namespace cais::config {

// Takes `diagnostics.source()` apart into `root`. What is wrong is told there; false where nothing is to be made of it.
// A key that is given twice is told, and the first one stands.
// Mistakes of TOML that stay within one line are all told, not the first alone.
[[nodiscard]] bool parse_toml(Diagnostics& diagnostics, Value& root);

}  // namespace cais::config
