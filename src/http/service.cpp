#include "http/service.h"

namespace cais::http {

Service::Watcher::Watcher(Service& service) noexcept
    : previous_(&service.watchers_)
    , next_(service.watchers_)
{
    if (next_ != nullptr) next_->previous_ = &next_;
    service.watchers_ = this;
}

Service::Watcher::~Watcher()
{
    *previous_ = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
}

// None leaves while it is told.
void Service::enter(Stage stage) noexcept
{
    stage_ = stage;
    for (Watcher* watcher = watchers_; watcher != nullptr; watcher = watcher->next_) watcher->stage_changed();
}

}  // namespace cais::http
