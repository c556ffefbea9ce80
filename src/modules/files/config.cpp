#include "modules/files/files.h"

namespace cais::files {

Config Config::read(config::Table& table)
{
    Config config;
    if (auto root = table.path("root")) config.root = std::move(*root);
    else if (!table.has("root")) table.error_here("`files` wants `root`, the folder");
    config.listing = table.flag("listing", config.listing);
    config.spa = table.flag("spa", config.spa);
    return config;
}

}  // namespace cais::files
