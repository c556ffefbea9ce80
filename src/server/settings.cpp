#include "server/settings.h"

namespace cais::server {

std::expected<Settings, std::string> settings_of(const Configuration& configuration)
{
    Settings settings;
    for (const auto& listen : listeners(configuration)) {
        if (listen.is_tls) return std::unexpected("TLS is not served yet");
        settings.listen.push_back({listen.address, listen.may_be_absent});
    }
    settings.workers = configuration.workers;
    settings.limits = configuration.limits.http;
    settings.connections = configuration.limits.connections;
    settings.stop_time = configuration.limits.stop_time;
    settings.trace_method = configuration.trace_method;
    if (configuration.log.access == Log::Access::on)
        settings.access_log = AccessLog::Config{configuration.log.format, configuration.log.file};

    if (configuration.sites.size() != 1) return std::unexpected("more than one site is not served yet");
    bool has_files = false;
    for (const auto& route : configuration.sites.front().routes) {
        const bool is_root = route.path == PathPattern{};
        if (route.headers || route.methods || route.strip || route.rewrite)
            return std::unexpected("wrappers are not served yet");
        if (const auto* files = std::get_if<files::Config>(&route.module); files != nullptr && is_root) {
            settings.modules.files = *files;
            settings.modules.cors = route.cors.has_value();
            has_files = true;
        } else if (std::holds_alternative<echo::Config>(route.module)) {
            settings.modules.echo = is_root ? "/" : route.path.literal.substr(0, route.path.weight());
        } else {
            return std::unexpected("`" + route.path.text() + "` is not served yet");
        }
    }
    if (!has_files && settings.modules.echo == "/") {
        settings.modules.files.root = "/";  // which nobody asks: echo answers all
        return settings;
    }
    if (!has_files) return std::unexpected("a site without files at `/` is not served yet");
    return settings;
}

}  // namespace cais::server
