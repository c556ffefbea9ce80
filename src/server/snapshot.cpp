#include "server/snapshot.h"

namespace cais::server {

Snapshot::Snapshot(DispatchSettings dispatch, const http::Limits& limits)
    : limits_(limits)
    , dispatch_(modules_, std::move(dispatch))
{
}

Result<base::Shared<Snapshot>> Snapshot::make(const ModuleSettings& modules, DispatchSettings dispatch,
                                              const http::Limits& limits)
{
    base::Shared<Snapshot> snapshot(new Snapshot(std::move(dispatch), limits));
    auto made = make_modules(modules, snapshot->limits_);
    if (!made) return std::unexpected(made.error());
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
