#include "tls/certificate.h"

#include "base/handed_files.h"
#include "base/text.h"
#include "tls/file.h"
#include "tls/openssl.h"

#include <algorithm>
#include <ctime>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <sys/stat.h>

namespace cais::tls {
namespace {

constexpr std::size_t most_octets = std::size_t{1} << 20;  // of a file; the longest chain is far less
constexpr int least_rsa_bits = 2048;                       // what OpenSSL's security level 2 asks for, too
constexpr int least_ec_bits = 224;

BioHandle memory_of(std::string_view text)
{
    return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(std::min(text.size(), most_octets))));
}

// Nobody is there to ask for a passphrase.
int no_passphrase(char*, int, int, void* asked)
{
    *static_cast<bool*>(asked) = true;
    return -1;
}

base::Seconds time_of(const ASN1_TIME* time)
{
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return base::Seconds(std::chrono::seconds(::timegm(&parts)));
}

std::string text_of_address(const ASN1_OCTET_STRING* address)
{
    char text[INET6_ADDRSTRLEN];
    const int length = ASN1_STRING_length(address);
    if (length != 4 && length != 16) return {};
    if (::inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text, sizeof text) == nullptr)
        return {};
    return text;
}

Result<Certificate::KeyKind> kind_of(EVP_PKEY* key)
{
    const int bits = EVP_PKEY_get_bits(key);
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        if (bits < least_rsa_bits) return fail(Error::unsupported, "an RSA key of less than 2048 bits");
        return Certificate::KeyKind::rsa;
    case EVP_PKEY_EC:
        if (bits < least_ec_bits) return fail(Error::unsupported, "an elliptic curve of less than 224 bits");
        return Certificate::KeyKind::ecdsa;
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448: return Certificate::KeyKind::eddsa;
    default: return fail(Error::unsupported, "the key is neither RSA nor of an elliptic curve");
    }
}

}  // namespace

Result<std::string> read_key_file(const std::string& path)
{
    auto file = read_file(path);
    if (!file) return std::unexpected(file.error());
    if ((file->mode & S_IRWXO) != 0)
        return fail(Error::denied, "others have permissions for this key file; take them away with `chmod o-rwx`");
    return std::move(file->content);
}

Certificate::~Certificate()
{
    X509_free(leaf_);
    EVP_PKEY_free(key_);
    sk_X509_pop_free(intermediates_, X509_free);
}

Result<std::shared_ptr<const Certificate>> Certificate::load(const std::string& chain_file, const std::string& key_file)
{
    // One file may hold both: then it is the key's rule that it must meet.
    auto key = read_key_file(key_file);
    if (!key) return std::unexpected(key.error());
    auto chain = read_file(chain_file);
    if (!chain) return std::unexpected(chain.error());
    auto made = from_pem(chain->content, *key);
    OPENSSL_cleanse(key->data(), key->size());
    return made;
}

Result<std::shared_ptr<const Certificate>> Certificate::from_pem(std::string_view chain, std::string_view key)
{
    initialise();
    if (chain.size() > most_octets || key.size() > most_octets)
        return fail(Error::malformed, "a certificate or key of more than 1 MiB");
    const std::shared_ptr<Certificate> made(new Certificate);

    const BioHandle of_chain = memory_of(chain);
    made->leaf_ = PEM_read_bio_X509(of_chain.get(), nullptr, nullptr, nullptr);
    if (made->leaf_ == nullptr) return fail_openssl(Error::malformed, "there is no certificate in it");
    made->intermediates_ = sk_X509_new_null();
    while (X509* next = PEM_read_bio_X509(of_chain.get(), nullptr, nullptr, nullptr))
        sk_X509_push(made->intermediates_, next);
    const unsigned long last = ERR_peek_last_error();
    if (ERR_GET_LIB(last) != ERR_LIB_PEM || ERR_GET_REASON(last) != PEM_R_NO_START_LINE)
        return fail_openssl(Error::malformed, "a certificate of the chain cannot be read");
    ERR_clear_error();

    const BioHandle of_key = memory_of(key);
    bool is_encrypted = false;
    made->key_ = PEM_read_bio_PrivateKey(of_key.get(), nullptr, no_passphrase, &is_encrypted);
    if (made->key_ == nullptr) {
        if (is_encrypted) {
            ERR_clear_error();
            return fail(Error::malformed, "the key is encrypted; write it without a passphrase");
        }
        return fail_openssl(Error::malformed, "there is no key in it");
    }
    if (X509_check_private_key(made->leaf_, made->key_) != 1) {
        ERR_clear_error();
        return fail(Error::malformed, "the key does not belong to the first certificate of the chain");
    }
    auto kind = kind_of(made->key_);
    if (!kind) return std::unexpected(kind.error());
    made->key_kind_ = *kind;

    made->read_names();
    made->not_before_ = time_of(X509_get0_notBefore(made->leaf_));
    made->not_after_ = time_of(X509_get0_notAfter(made->leaf_));
    made->subject_ = text_of(X509_get_subject_name(made->leaf_));
    made->issuer_ = text_of(X509_get_issuer_name(made->leaf_));
    made->digest_ = digest_of(made->leaf_);
    return std::shared_ptr<const Certificate>(made);
}

void Certificate::read_names()
{
    if (auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf_, NID_subject_alt_name, nullptr, nullptr))) {
        for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
            const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
            if (name->type == GEN_DNS) {
                std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                                 static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
                std::ranges::transform(text, text.begin(), base::to_lower);
                names_.push_back(std::move(text));
            } else if (name->type == GEN_IPADD) {
                if (auto text = text_of_address(name->d.iPAddress); !text.empty()) names_.push_back(std::move(text));
            }
        }
        GENERAL_NAMES_free(names);
    }
    if (STACK_OF(OPENSSL_STRING)* responders = X509_get1_ocsp(leaf_)) {
        if (sk_OPENSSL_STRING_num(responders) > 0) responder_ = sk_OPENSSL_STRING_value(responders, 0);
        X509_email_free(responders);
    }
    ERR_clear_error();
}

bool Certificate::is_for(std::string_view name) const
{
    const std::string text(name);
    const bool holds =
        X509_check_ip_asc(leaf_, text.c_str(), 0) == 1 ||
        X509_check_host(leaf_, text.data(), text.size(),
                        X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
    ERR_clear_error();
    return holds;
}

}  // namespace cais::tls
