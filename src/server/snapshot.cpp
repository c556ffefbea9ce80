#include "server/snapshot.h"

namespace cais::server {

Snapshot::Snapshot(DispatchSettings dispatch, const Limits& limits)
    : limits_(limits)
    , dispatch_(modules_, std::move(dispatch))
{
}

std::expected<base::Shared<Snapshot>, std::string> Snapshot::make(const Configuration& configuration,
                                                                  const std::vector<std::uint32_t>&)
{
    ModuleSettings modules;
    for (const auto& listen : listeners(configuration))
        if (listen.is_tls) return std::unexpected("TLS is not served yet");
    if (configuration.sites.size() != 1) return std::unexpected("more than one site is not served yet");
    for (const auto& route : configuration.sites.front().routes) {
        const bool is_root = route.path == PathPattern{};
        if (route.headers || route.methods || route.strip || route.rewrite)
            return std::unexpected("wrappers are not served yet");
        if (const auto* files = std::get_if<files::Config>(&route.module); files != nullptr && is_root) {
            modules.files = *files;
            modules.cors = route.cors.has_value();
        } else if (std::holds_alternative<echo::Config>(route.module)) {
            modules.echo = is_root ? "/" : route.path.literal.substr(0, route.path.weight());
            if (is_root) modules.files.root = "/";
        } else {
            return std::unexpected("`" + route.path.text() + "` is not served yet");
        }
    }
    if (modules.files.root.empty()) return std::unexpected("a site without files at `/` is not served yet");
    base::Shared<Snapshot> snapshot(new Snapshot({configuration.trace_method, modules.echo}, configuration.limits));
    auto made = make_modules(modules, snapshot->limits_.http);
    if (!made) return std::unexpected("serve " + modules.files.root + ": " + base::describe(made.error()));
    snapshot->modules_ = std::move(*made);
    return snapshot;
}

Snapshot::~Snapshot()
{
    if (living_ != nullptr) std::erase(living_->snapshots_, this);
}

void Snapshot::tend()
{
    for (const auto& handler : modules_.all) handler->tend();
}

void Snapshot::Living::add(Snapshot& snapshot)
{
    snapshots_.push_back(&snapshot);
    snapshot.living_ = this;
}

void Snapshot::Living::tend()
{
    for (Snapshot* snapshot : snapshots_) snapshot->tend();
}

}  // namespace cais::server
