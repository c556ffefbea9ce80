#include "tls/authority.h"

#include "base/text.h"
#include "tls/authority_folder.h"
#include "tls/local_name.h"
#include "tls/openssl.h"

#include <algorithm>
#include <array>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <utility>

namespace cais::tls {
namespace {

constexpr auto root_lifetime = std::chrono::days(3652);  // ten years
constexpr auto clocks_differ = std::chrono::hours(1);
constexpr std::size_t most_names = 100;

using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

// OpenSSL has no memory, or no randomness.
std::unexpected<Error> crypto_failed()
{
    ERR_clear_error();
    return fail(Error::failed, "OpenSSL could not make a certificate");
}

std::string content_of(BIO* bio)
{
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string pem_of(X509* certificate)
{
    const BioHandle bio(BIO_new(BIO_s_mem()));
    return bio && PEM_write_bio_X509(bio.get(), certificate) == 1 ? content_of(bio.get()) : std::string();
}

std::string pem_of(EVP_PKEY* key)
{
    const BioHandle bio(BIO_new(BIO_s_secmem()));  // wiped when it is freed
    return bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1
               ? content_of(bio.get())
               : std::string();
}

KeyHandle make_key() { return KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")); }

// RFC 5280 §4.1.2.2: positive, 20 octets at most. Random, so that nothing can be guessed of what will be signed.
bool set_serial(X509* certificate)
{
    std::array<unsigned char, 20> octets{};
    if (RAND_bytes(octets.data(), octets.size()) != 1) return false;
    octets[0] = static_cast<unsigned char>((octets[0] & 0x7F) | 0x40);  // positive, and always 20 octets
    const std::unique_ptr<BIGNUM, Freed<BN_free>> number(BN_bin2bn(octets.data(), octets.size(), nullptr));
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_validity(X509* certificate, base::Seconds from, base::Seconds to)
{
    return ASN1_TIME_set(X509_getm_notBefore(certificate), from.time_since_epoch().count()) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), to.time_since_epoch().count()) != nullptr;
}

// One extension, in the words of x509v3_config(5).
bool extend(X509* certificate, X509* issuer, int what, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509V3_set_ctx_nodb(&context);
    const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

std::string name_constraints()
{
    std::string text = "critical";
    for (const auto domain : local_domains) (text += ",permitted;DNS:") += domain;
    for (const auto& network : local_networks) (((text += ",permitted;IP:") += network.address) += '/') += network.mask;
    return text + ",permitted;email:invalid,permitted;URI:invalid";
}

// The name is the key's own: certificate stores tell roots apart by it, and one machine may hold several.
std::string root_name(EVP_PKEY* key)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    if (size <= 0) return {};
    const int done = EVP_Digest(der, static_cast<std::size_t>(size), digest.data(), &length, EVP_sha256(), nullptr);
    OPENSSL_free(der);
    if (done != 1) return {};
    std::string name = "cais local authority ";
    for (std::size_t i = 0; i < 4; ++i) {
        name += "0123456789abcdef"[digest[i] >> 4U];
        name += "0123456789abcdef"[digest[i] & 15U];
    }
    return name;
}

// Certificate and key of a new root, as root.pem has them.
Result<std::string> make_root(base::Seconds now)
{
    const KeyHandle key = make_key();
    const X509Handle root(X509_new());
    if (!key || !root) return crypto_failed();
    const std::string name = root_name(key.get());
    X509_NAME* const subject = X509_get_subject_name(root.get());
    const auto add = [&](const char* type, const std::string& value) {
        return X509_NAME_add_entry_by_txt(subject, type, MBSTRING_UTF8,
                                          reinterpret_cast<const unsigned char*>(value.data()),
                                          static_cast<int>(value.size()), -1, 0) == 1;
    };
    const bool made = !name.empty() && X509_set_version(root.get(), X509_VERSION_3) == 1 && set_serial(root.get()) &&
                      set_validity(root.get(), now - clocks_differ, now + root_lifetime) && add("O", "cais") &&
                      add("CN", name) && X509_set_issuer_name(root.get(), subject) == 1 &&
                      X509_set_pubkey(root.get(), key.get()) == 1 &&
                      extend(root.get(), root.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                      extend(root.get(), root.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
                      extend(root.get(), root.get(), NID_ext_key_usage, "serverAuth") &&
                      extend(root.get(), root.get(), NID_name_constraints, name_constraints()) &&
                      extend(root.get(), root.get(), NID_subject_key_identifier, "hash") &&
                      extend(root.get(), root.get(), NID_authority_key_identifier, "keyid:always") &&
                      X509_sign(root.get(), key.get(), EVP_sha256()) > 0;
    std::string pem = made ? pem_of(root.get()) : std::string();
    std::string key_pem = made ? pem_of(key.get()) : std::string();
    if (pem.empty() || key_pem.empty()) return crypto_failed();
    pem += key_pem;
    OPENSSL_cleanse(key_pem.data(), key_pem.size());
    return pem;
}

// The subject's alternative names. Built by hand, and not from text: no name may say more than itself.
Names alternative_names(std::span<const std::string> names)
{
    Names all(GENERAL_NAMES_new());
    for (const auto& name : names) {
        std::array<std::uint8_t, 16> address{};
        const auto octets = parse_ip(name, address);
        std::string value = octets != 0 ? std::string(reinterpret_cast<const char*>(address.data()), octets) : name;
        if (octets == 0) std::ranges::transform(value, value.begin(), base::to_lower);
        std::unique_ptr<GENERAL_NAME, Freed<GENERAL_NAME_free>> one(GENERAL_NAME_new());
        std::unique_ptr<ASN1_STRING, Freed<ASN1_STRING_free>> text(
            ASN1_STRING_type_new(octets != 0 ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING));
        if (!all || !one || !text || ASN1_STRING_set(text.get(), value.data(), static_cast<int>(value.size())) != 1)
            return nullptr;
        GENERAL_NAME_set0_value(one.get(), octets != 0 ? GEN_IPADD : GEN_DNS, text.release());
        if (sk_GENERAL_NAME_push(all.get(), one.get()) == 0) return nullptr;
        one.release();
    }
    return all;
}

base::Seconds whole_seconds(base::WallTime time) { return std::chrono::floor<std::chrono::seconds>(time); }

// A key with a passphrase is not ours: nobody is asked for it.
int no_passphrase(char*, int, int, void*) { return 0; }

}  // namespace

Authority::~Authority()
{
    X509_free(certificate_);
    EVP_PKEY_free(key_);
}

Result<std::shared_ptr<const Authority>> Authority::from(const std::string& pem, base::WallTime now)
{
    const BioHandle bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const BioHandle again(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    if (!bio || !again) return crypto_failed();
    X509Handle root(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
    KeyHandle key(PEM_read_bio_PrivateKey(again.get(), nullptr, no_passphrase, nullptr));
    const bool fits = root && key && X509_check_private_key(root.get(), key.get()) == 1;
    ERR_clear_error();
    constexpr const char* remedy =
        "root.pem of the authority is no certificate with its key; delete it, and a new authority is made";
    if (!fits) return fail(Error::malformed, remedy);
    auto described = Root::from_pem(pem);
    if (!described) return fail(Error::malformed, "root.pem of the authority is no local authority's");
    if (described->not_after <= whole_seconds(now))
        return fail(Error::failed,
                    "the local authority has expired; delete its folder, start again, then `cais trust`");

    std::shared_ptr<Authority> authority(new Authority());  // its constructor is private
    authority->root_ = std::move(*described);
    authority->certificate_ = root.release();
    authority->key_ = key.release();
    return authority;
}

Result<std::shared_ptr<const Authority>> Authority::read(const std::string& folder, base::WallTime now)
{
    auto pem = read_root(folder);
    if (!pem) return std::unexpected(pem.error());
    auto authority = from(*pem, now);
    OPENSSL_cleanse(pem->data(), pem->size());
    return authority;
}

Result<std::shared_ptr<const Authority>> Authority::open(const std::string& folder, base::WallTime now)
{
    auto there = read(folder, now);
    if (!there && there.error().kind == Error::not_found) {
        auto made = make_root(whole_seconds(now));
        if (!made) return std::unexpected(made.error());
        auto kept = keep_root(folder, *made);
        OPENSSL_cleanse(made->data(), made->size());
        if (!kept) return std::unexpected(kept.error());
        there = from(*kept, now);
        OPENSSL_cleanse(kept->data(), kept->size());
    }
    if (!there) return there;
    if (auto published = publish_root(folder, (*there)->root().certificate); !published)
        return std::unexpected(published.error());
    return there;
}

Result<Leaf> Authority::issue(std::span<const std::string> names, base::Duration lifetime, base::WallTime now) const
{
    if (names.empty() || names.size() > most_names)
        return fail(Error::denied, "a certificate is for one to a hundred names");
    if (!std::ranges::all_of(names, is_local_name))
        return fail(Error::denied, "the local authority vouches only for local names", "RFC 5280 §4.2.1.10");

    const KeyHandle key = make_key();
    const X509Handle leaf(X509_new());
    const Names alternatives = alternative_names(names);
    if (!key || !leaf || !alternatives) return crypto_failed();
    const auto from = whole_seconds(now) - clocks_differ;
    const auto to = std::min(whole_seconds(now + lifetime), root_.not_after);
    // The subject is empty, so its alternative names are critical (RFC 5280 §4.1.2.6): a common name would be held
    // against the constraints by some as if it were a DNS name, also where it is an address.
    const bool made = X509_set_version(leaf.get(), X509_VERSION_3) == 1 && set_serial(leaf.get()) &&
                      set_validity(leaf.get(), from, to) &&
                      X509_set_issuer_name(leaf.get(), X509_get_subject_name(certificate_)) == 1 &&
                      X509_set_pubkey(leaf.get(), key.get()) == 1 &&
                      extend(leaf.get(), certificate_, NID_basic_constraints, "critical,CA:FALSE") &&
                      extend(leaf.get(), certificate_, NID_key_usage, "critical,digitalSignature") &&
                      extend(leaf.get(), certificate_, NID_ext_key_usage, "serverAuth") &&
                      X509_add1_ext_i2d(leaf.get(), NID_subject_alt_name, alternatives.get(), 1, 0) == 1 &&
                      extend(leaf.get(), certificate_, NID_subject_key_identifier, "hash") &&
                      extend(leaf.get(), certificate_, NID_authority_key_identifier, "keyid:always") &&
                      X509_sign(leaf.get(), key_, EVP_sha256()) > 0;
    if (!made) return crypto_failed();
    Leaf issued{pem_of(leaf.get()), pem_of(key.get()), from, to};
    if (issued.certificate.empty() || issued.key.empty()) return crypto_failed();
    return issued;
}

}  // namespace cais::tls
