#include "server/modules.h"

#include "modules/cors/cors.h"
#include "modules/echo/echo.h"

namespace cais::server {

Result<Modules> make_modules(const ModuleSettings& settings, const http::Limits& limits)
{
    Modules modules;
    auto files = files::make_files(settings.files);
    if (!files) return std::unexpected(files.error());
    modules.first = modules.all.emplace_back(std::move(*files)).get();
    if (settings.cors) modules.first = modules.all.emplace_back(std::make_unique<cors::Cors>(cors::Config{}, files::methods, *modules.first)).get();
    if (!settings.echo.empty()) modules.echo = modules.all.emplace_back(std::make_unique<echo::Echo>(limits)).get();
    return modules;
}

}  // namespace cais::server
