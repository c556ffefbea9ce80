// Certificate: a chain and its private key, as a server presents them. Immutable, save for what its authority's
// responder says of it (ocsp.h); shared by all loops.
#pragma once
#include "base/clock.h"
#include "base/result.h"

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;
struct stack_st_X509;
struct x509_st;

namespace cais::tls {

// An answer of an OCSP responder that holds until then.
struct Staple {
    std::string octets;  // the DER of an OCSPResponse (RFC 6960 §4.2.1)
    base::Seconds next_update;
};

class Certificate {
public:
    enum class KeyKind : std::uint8_t { rsa, ecdsa, eddsa };

    // Both in PEM: the chain with the server's own certificate first, the key not encrypted. They may be one text.
    // Errors    malformed: either is not that, or the key is another certificate's; unsupported: a kind of key that no
    //           client takes, or one that is too short.
    [[nodiscard]] static Result<std::shared_ptr<const Certificate>> from_pem(std::string_view chain,
                                                                             std::string_view key);
    // The same from files. Errors: as above and read_key_file's.
    [[nodiscard]] static Result<std::shared_ptr<const Certificate>> load(const std::string& chain_file,
                                                                         const std::string& key_file);

    ~Certificate();
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;

    // What it is for: DNS names in lower case, wildcards as "*.example.com", and addresses as text. subjectAltName
    // alone, since no client looks at the common name any more (RFC 9525 §2).
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
    // Whether a client that asks for this name, or address, would be content (RFC 9525 §6).
    [[nodiscard]] bool is_for(std::string_view name) const;
    [[nodiscard]] base::Seconds not_before() const noexcept { return not_before_; }
    [[nodiscard]] base::Seconds not_after() const noexcept { return not_after_; }
    [[nodiscard]] const std::string& subject() const noexcept { return subject_; }  // RFC 4514
    [[nodiscard]] const std::string& issuer() const noexcept { return issuer_; }
    [[nodiscard]] KeyKind key_kind() const noexcept { return key_kind_; }
    // SHA-256 of its DER, lower-case hexadecimal.
    [[nodiscard]] const std::string& digest() const noexcept { return digest_; }
    // Where its authority answers whether it was revoked (http URL); empty: nowhere.
    [[nodiscard]] const std::string& responder() const noexcept { return responder_; }

    // What is stapled to it in handshakes; null: nothing. Any thread.
    [[nodiscard]] std::shared_ptr<const Staple> staple() const noexcept { return staple_.load(); }
    void staple(std::shared_ptr<const Staple> staple) const noexcept { staple_.store(std::move(staple)); }

    // For this folder.
    [[nodiscard]] x509_st* leaf() const noexcept { return leaf_; }
    [[nodiscard]] evp_pkey_st* key() const noexcept { return key_; }
    [[nodiscard]] stack_st_X509* intermediates() const noexcept { return intermediates_; }  // never null

private:
    Certificate() = default;
    void read_names();

    x509_st* leaf_ = nullptr;
    evp_pkey_st* key_ = nullptr;
    stack_st_X509* intermediates_ = nullptr;
    std::vector<std::string> names_;
    base::Seconds not_before_{};
    base::Seconds not_after_{};
    std::string subject_;
    std::string issuer_;
    std::string digest_;
    std::string responder_;
    KeyKind key_kind_ = KeyKind::ecdsa;
    mutable std::atomic<std::shared_ptr<const Staple>> staple_;
};

// A file with a private key, whole. Group-readable passes, as Debian's `ssl-cert` has it.
// Errors    denied: others have some permission for it; malformed: larger than a key could be; and those of opening it.
[[nodiscard]] Result<std::string> read_key_file(const std::string& path);

}  // namespace cais::tls
