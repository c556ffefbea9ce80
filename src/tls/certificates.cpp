#include "tls/certificates.h"

#include <algorithm>
#include <set>

namespace cais::tls {

// Readers keep the table that they hold; a new one takes its place.
template <class Change>
void Certificates::change(Change change)
{
    const std::lock_guard lock(mutex_);
    auto table = std::make_shared<Table>(*table_);
    change(*table);
    table_ = std::move(table);
    version_.fetch_add(1, std::memory_order_release);
}

void Certificates::put(std::string_view name, Certificate certificate)
{
    change([&](Table& table) {
        auto identity = std::make_shared<Identity>();
        if (const auto found = table.names.find(name); found != table.names.end()) *identity = *found->second;
        std::erase_if(identity->certificates,
                      [&](const Certificate& other) { return other->key_kind() == certificate->key_kind(); });
        identity->certificates.push_back(std::move(certificate));
        table.names.insert_or_assign(std::string(name), std::move(identity));
    });
}

void Certificates::remove(std::string_view name)
{
    change([&](Table& table) {
        if (const auto found = table.names.find(name); found != table.names.end()) table.names.erase(found);
    });
}

void Certificates::put_challenge(std::string_view name, Certificate certificate)
{
    change([&](Table& table) {
        auto identity = std::make_shared<Identity>();
        identity->certificates.push_back(std::move(certificate));
        table.challenges.insert_or_assign(std::string(name), std::move(identity));
    });
}

void Certificates::remove_challenge(std::string_view name)
{
    change([&](Table& table) {
        if (const auto found = table.challenges.find(name); found != table.challenges.end())
            table.challenges.erase(found);
    });
}

std::shared_ptr<const Identity> Certificates::of(std::string_view name) const
{
    const std::lock_guard lock(mutex_);
    const auto found = table_->names.find(name);
    return found == table_->names.end() ? nullptr : found->second;
}

std::vector<Certificates::Certificate> Certificates::all() const
{
    const std::lock_guard lock(mutex_);
    std::set<Certificate> all;
    for (const auto& [name, identity] : table_->names)
        all.insert(identity->certificates.begin(), identity->certificates.end());
    return {all.begin(), all.end()};
}

const Certificates::Table& Certificates::Reader::table()
{
    const std::uint64_t version = certificates_->version_.load(std::memory_order_acquire);
    if (version != version_) [[unlikely]] {
        const std::lock_guard lock(certificates_->mutex_);
        table_ = certificates_->table_;
        version_ = certificates_->version_.load(std::memory_order_relaxed);
    }
    return *table_;
}

std::shared_ptr<const Identity> Certificates::Reader::find(std::string_view name)
{
    const Names& names = table().names;
    if (const auto found = names.find(name); found != names.end()) return found->second;
    if (const auto dot = name.find('.'); dot != std::string_view::npos && dot > 0) {
        std::string wildcard = "*";
        wildcard += name.substr(dot);
        if (const auto found = names.find(wildcard); found != names.end()) return found->second;
    }
    if (const auto found = names.find("*"); found != names.end()) return found->second;
    return nullptr;
}

std::shared_ptr<const Identity> Certificates::Reader::find_challenge(std::string_view name)
{
    const Names& names = table().challenges;
    const auto found = names.find(name);
    return found == names.end() ? nullptr : found->second;
}

}  // namespace cais::tls
