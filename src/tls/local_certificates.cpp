#include "tls/local_certificates.h"

#include <algorithm>
#include <utility>

namespace cais::tls {

Result<LocalCertificates::Issued> LocalCertificates::issue(const Site& site, base::WallTime now) const
{
    auto leaf = authority_->issue(site.names, lifetime_, now);
    if (!leaf) return std::unexpected(leaf.error());
    auto certificate = tls::Certificate::from_pem(leaf->certificate, leaf->key);
    std::ranges::fill(leaf->key, '\0');
    if (!certificate) return std::unexpected(certificate.error());
    const auto middle = std::chrono::floor<std::chrono::seconds>(now + lifetime_ / 2);
    return Issued{site, std::move(*certificate), middle};
}

Result<void> LocalCertificates::set(std::vector<Site> sites, base::WallTime now)
{
    const std::lock_guard lock(mutex_);
    std::vector<Issued> wanted;
    for (auto& site : sites) {
        const auto there = std::ranges::find(issued_, site, &Issued::site);
        if (there != issued_.end()) {
            wanted.push_back(*there);
            continue;
        }
        auto issued = issue(site, now);
        if (!issued) return std::unexpected(issued.error());
        wanted.push_back(std::move(*issued));
    }

    for (const auto& one : issued_) leaving_.insert(one.site.hosts.begin(), one.site.hosts.end());
    for (const auto& one : wanted) {
        for (const auto& host : one.site.hosts) {
            leaving_.erase(host);
            left_.erase(host);
            table_->put(host, one.certificate);
        }
    }
    issued_ = std::move(wanted);
    return {};
}

Result<void> LocalCertificates::renew(base::WallTime now)
{
    const std::lock_guard lock(mutex_);
    for (const auto& host : left_) table_->remove(host);
    left_ = std::exchange(leaving_, {});
    Result<void> outcome;
    for (auto& one : issued_) {
        if (now < one.renewal && now >= one.certificate->not_before()) continue;
        auto issued = issue(one.site, now);
        if (!issued) {
            outcome = std::unexpected(issued.error());
            continue;
        }
        one = std::move(*issued);
        for (const auto& host : one.site.hosts) table_->put(host, one.certificate);
    }
    return outcome;
}

std::vector<LocalCertificates::Presented> LocalCertificates::presented()
{
    const std::lock_guard lock(mutex_);
    std::vector<Presented> all;
    for (const auto& one : issued_) all.push_back({one.site.hosts, one.certificate->not_after()});
    return all;
}

}  // namespace cais::tls
