// Certificates: which ones are presented for which name. They are put and removed by any thread while the loops serve:
// by ACME, by the local authority, by a reload.
//
// A loop reads through a Reader of its own: one look at a counter that no handshake writes, no lock.
#pragma once
#include "tls/certificate.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cais::tls {

// What a server presents for a name: at most one certificate of each kind of key, the client's algorithms choose.
struct Identity {
    std::vector<std::shared_ptr<const Certificate>> certificates;
};

class Certificates {
public:
    using Certificate = std::shared_ptr<const tls::Certificate>;

    // `name` is as a site's `hosts` writes it, lower case: "example.com", "*.example.com" (one label in place of the
    // star, RFC 9525 §6.3), "192.0.2.1", "::1", or "*" for every name. One of the same kind of key goes.
    void put(std::string_view name, Certificate certificate);
    void remove(std::string_view name);
    // What is presented for it, without wildcards; null: nothing. For `cert list`, and whoever renews.
    [[nodiscard]] std::shared_ptr<const Identity> of(std::string_view name) const;
    // Every certificate that is in here, once.
    [[nodiscard]] std::vector<Certificate> all() const;

    // The certificate that answers tls-alpn-01 for a name, or an address (RFC 8737 §3, RFC 8738 §6): presented only to
    // who offers `acme-tls/1` and nothing else.
    void put_challenge(std::string_view name, Certificate certificate);
    void remove_challenge(std::string_view name);

private:
    using Names = std::map<std::string, std::shared_ptr<const Identity>, std::less<>>;
    struct Table {
        Names names;
        Names challenges;
    };

public:
    // For one loop.
    class Reader {
    public:
        explicit Reader(const Certificates& certificates) noexcept
            : certificates_(&certificates)
        {
        }
        // The exact name, else the wildcard that it matches, else null. `name` is in lower case.
        [[nodiscard]] std::shared_ptr<const Identity> find(std::string_view name);
        [[nodiscard]] std::shared_ptr<const Identity> find_challenge(std::string_view name);

    private:
        const Table& table();
        const Certificates* certificates_;
        std::uint64_t version_ = 0;
        std::shared_ptr<const Table> table_;
    };

private:
    template <class Change>
    void change(Change change);

    mutable std::mutex mutex_;
    std::shared_ptr<const Table> table_ = std::make_shared<const Table>();
    std::atomic<std::uint64_t> version_{1};
};

}  // namespace cais::tls
