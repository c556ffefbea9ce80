#include "server/snapshot.h"

namespace cais::server {

std::expected<base::Shared<Snapshot>, std::string> Snapshot::make(
    const std::shared_ptr<const Configuration>& configuration, const Circumstances& circumstances)
{
    auto router = Router::make(configuration, circumstances);
    if (!router) return std::unexpected(std::move(router.error()));
    return base::Shared<Snapshot>(new Snapshot(configuration, std::move(*router)));
}

Snapshot::~Snapshot()
{
    if (living_ != nullptr) std::erase(living_->snapshots_, this);
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
