// ClientRules: what a site asks of its clients' certificates. Immutable, shared by all loops.
#pragma once
#include "base/result.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>

struct stack_st_X509_NAME;
struct x509_store_st;

namespace cais::tls {

class ClientRules {
public:
    enum class Verify : std::uint8_t { optional, required };

    // `authority`: a file of certificates in PEM, each of which is trusted; a client's must lead to one of them.
    // Errors    what opening or reading it came to: then the site may not be served, since a rule that cannot be held
    //           would hold for nobody.
    [[nodiscard]] static Result<std::shared_ptr<const ClientRules>> load(const std::string& authority, Verify verify);
    [[nodiscard]] static Result<std::shared_ptr<const ClientRules>> from_pem(std::string_view authority, Verify verify);

    ~ClientRules();
    ClientRules(const ClientRules&) = delete;
    ClientRules& operator=(const ClientRules&) = delete;

    [[nodiscard]] Verify verify() const noexcept { return verify_; }
    // The same rules have the same id, before and after a reload; never 0, which stands for none.
    [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
    // The same, in the 32 octets of SHA-256: what a session is bound to, so that it resumes under these rules alone.
    [[nodiscard]] const std::array<unsigned char, 32>& context() const noexcept { return context_; }

    // For this folder.
    [[nodiscard]] x509_store_st* store() const noexcept { return store_; }
    [[nodiscard]] stack_st_X509_NAME* names() const noexcept { return names_; }

private:
    ClientRules() = default;
    x509_store_st* store_ = nullptr;
    stack_st_X509_NAME* names_ = nullptr;
    std::array<unsigned char, 32> context_{};
    std::uint32_t id_ = 0;
    Verify verify_ = Verify::required;
};

}  // namespace cais::tls
