// The local authority: a root of our own, made once and kept in the state folder, and short-lived certificates under it
// for names that nobody on the internet can own (local_name.h).
//
// STATE/authority/        0700
//     root.pem            0600; certificate and key in one file, so that neither is ever there without the other
//     root.crt            the certificate alone, for other programs; made again where it is missing or differs
//
// The root: ECDSA P-256, ten years, CA:TRUE with pathlen 0, for signing certificates and revocation lists alone, for
// TLS servers alone. Its name constraints are critical: DNS names and addresses of local_name.h; e-mail and URI names,
// which would otherwise be free, below `invalid` alone, which nobody has (RFC 6761 §6.4). Not done: constraints on
// directory and other names. Programs that do not know these forms must refuse a critical extension that holds them
// (RFC 5280 §4.2.1.10), and some do (Go's crypto/x509). What they leave open is closed for TLS by the extended key
// usage, and by clients that have ignored a subject without alternative names for years.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "tls/root.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_pkey_st;  // OpenSSL's EVP_PKEY and X509
struct x509_st;

namespace cais::tls {

// What a handshake needs, as PEM.
struct Leaf {
    std::string certificate;
    std::string key;
    base::Seconds not_before;
    base::Seconds not_after;
};

class Authority {
public:
    // "STATE/authority".
    [[nodiscard]] static std::string folder_in(std::string_view state) { return std::string(state) + "/authority"; }

    // That of `folder`, made with the folder where there is none: several may try at once, all get
    // the same. Blocks on files: at the start, or on a pool. Errors    denied: root.pem may be read by others, or not
    // by us; malformed: it is not what we write; failed: it has
    //           expired, or what the system says.
    [[nodiscard]] static Result<std::shared_ptr<const Authority>> open(const std::string& folder,
                                                                       base::WallTime now = base::wall_now());
    // The same, and not_found where there is none: nothing is made.
    [[nodiscard]] static Result<std::shared_ptr<const Authority>> read(const std::string& folder,
                                                                       base::WallTime now = base::wall_now());

    ~Authority();
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    // One certificate for all of `names`, with a new ECDSA P-256 key, from an hour before `now` (clocks differ) until
    // `lifetime` after it, or until the root's own end. Any thread. Cost: some 100 µs of processor.
    // Errors    denied: a name is not local, or there are none or more than 100.
    [[nodiscard]] Result<Leaf> issue(std::span<const std::string> names, base::Duration lifetime,
                                     base::WallTime now = base::wall_now()) const;

    [[nodiscard]] const Root& root() const noexcept { return root_; }

private:
    Authority() = default;
    static Result<std::shared_ptr<const Authority>> from(const std::string& pem, base::WallTime now);

    Root root_;
    x509_st* certificate_ = nullptr;
    evp_pkey_st* key_ = nullptr;
};

}  // namespace cais::tls
