// LocalCertificates: what the local authority issues for the sites of this server, kept in the table that handshakes
// read and renewed there, in memory. Nothing of it is on a disk: a restart issues anew.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "tls/authority.h"
#include "tls/certificates.h"

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace cais::tls {

class LocalCertificates {
public:
    static constexpr base::Duration default_lifetime = std::chrono::days(7);

    LocalCertificates(std::shared_ptr<const Authority> authority, std::shared_ptr<Certificates> table,
                      base::Duration lifetime = default_lifetime) noexcept
        : authority_(std::move(authority))
        , table_(std::move(table))
        , lifetime_(lifetime)
    {
    }
    LocalCertificates(const LocalCertificates&) = delete;
    LocalCertificates& operator=(const LocalCertificates&) = delete;

    // One site: the hosts that its certificate is put under, and the names in it. They differ for the host "*", of
    // which nothing can vouch, and which is reached by addresses and by this machine's names.
    struct Site {
        std::vector<std::string> hosts;  // "nas.lan", "*.dev.lan", "192.168.1.2", "*"
        std::vector<std::string> names;  // local, and of these at least one
        bool operator==(const Site&) const = default;
    };

    // These sites from now on. One that was there keeps its certificate; what is wanted no more leaves the table with
    // the second renew() from now: until the new configuration is everywhere, handshakes ask for what the old one had.
    // Any thread. Cost: some 100 µs of processor a new site.
    // Errors    Authority::issue's, and then nothing has changed.
    Result<void> set(std::vector<Site> sites, base::WallTime now = base::wall_now());

    // Issues anew what has come to the middle of its lifetime by the wall clock, or lies in the future of one that was
    // set back. To be called again and again, at least every few minutes: a machine may have slept. Any thread.
    // Errors    of the last one that failed: the old certificate stays, and the next call tries again.
    Result<void> renew(base::WallTime now = base::wall_now());

    // What is presented now, a site's after the other's. Any thread.
    struct Presented {
        std::vector<std::string> hosts;
        base::Seconds not_after;
    };
    [[nodiscard]] std::vector<Presented> presented();

private:
    struct Issued {
        Site site;
        Certificates::Certificate certificate;
        base::Seconds renewal;
    };
    Result<Issued> issue(const Site& site, base::WallTime now) const;

    const std::shared_ptr<const Authority> authority_;
    const std::shared_ptr<Certificates> table_;
    const base::Duration lifetime_;
    std::mutex mutex_;
    std::vector<Issued> issued_;
    std::set<std::string> leaving_;  // hosts that leave the table with the renewal after the next
    std::set<std::string> left_;     // and with the next
};

}  // namespace cais::tls
