#include "tls/client_rules.h"

#include "base/handed_files.h"
#include "tls/file.h"
#include "tls/openssl.h"

#include <algorithm>
#include <openssl/pem.h>

namespace cais::tls {
namespace {

constexpr std::size_t most_octets = std::size_t{4} << 20;

}  // namespace

ClientRules::~ClientRules()
{
    X509_STORE_free(store_);
    sk_X509_NAME_pop_free(names_, X509_NAME_free);
}

Result<std::shared_ptr<const ClientRules>> ClientRules::load(const std::string& authority, Verify verify)
{
    auto file = read_file(authority);
    if (!file) return std::unexpected(file.error());
    return from_pem(file->content, verify);
}

Result<std::shared_ptr<const ClientRules>> ClientRules::from_pem(std::string_view authority, Verify verify)
{
    initialise();
    const std::shared_ptr<ClientRules> made(new ClientRules);
    made->verify_ = verify;
    made->store_ = X509_STORE_new();
    made->names_ = sk_X509_NAME_new_null();
    // What is in the file is trusted, an intermediate as well as a root.
    X509_STORE_set_flags(made->store_, X509_V_FLAG_PARTIAL_CHAIN);
    std::string all(verify == Verify::required ? "required\n" : "optional\n");
    const BioHandle memory(
        BIO_new_mem_buf(authority.data(), static_cast<int>(std::min(authority.size(), most_octets))));
    std::size_t count = 0;
    while (const X509Handle certificate{PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr)}) {
        ++count;
        X509_STORE_add_cert(made->store_, certificate.get());
        sk_X509_NAME_push(made->names_, X509_NAME_dup(X509_get_subject_name(certificate.get())));
        all += digest_of(certificate.get());
    }
    const unsigned long last = ERR_peek_last_error();
    if (ERR_GET_LIB(last) != ERR_LIB_PEM || ERR_GET_REASON(last) != PEM_R_NO_START_LINE)
        return fail_openssl(Error::malformed, "a certificate in it cannot be read");
    ERR_clear_error();
    if (count == 0) return fail(Error::malformed, "there is no certificate in it");
    unsigned length = 0;
    if (EVP_Digest(all.data(), all.size(), made->context_.data(), &length, EVP_sha256(), nullptr) != 1)
        return fail_openssl(Error::failed, "SHA-256");
    for (std::size_t i = 0; i < 4; ++i) made->id_ = made->id_ << 8 | made->context_[i];
    made->id_ = std::max(made->id_, 1u);
    return std::shared_ptr<const ClientRules>(made);
}

}  // namespace cais::tls
