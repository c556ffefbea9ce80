#include "acme/challenges.h"

namespace cais::acme {

void Challenges::put(std::string token, std::string key_authorization)
{
    const std::scoped_lock lock(mutex_);
    answers_.insert_or_assign(std::move(token), std::move(key_authorization));
    count_.store(answers_.size(), std::memory_order_release);
}

void Challenges::remove(std::string_view token)
{
    const std::scoped_lock lock(mutex_);
    if (const auto found = answers_.find(token); found != answers_.end()) answers_.erase(found);
    count_.store(answers_.size(), std::memory_order_release);
}

std::optional<std::string> Challenges::look_up(std::string_view token) const
{
    const std::scoped_lock lock(mutex_);
    const auto found = answers_.find(token);
    return found == answers_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace cais::acme
