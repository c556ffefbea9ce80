#include "tls/root.h"

#include "tls/local_name.h"

#include <array>
#include <memory>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <span>
#include <utility>

namespace cais::tls {
namespace {

using CertificateHandle = std::unique_ptr<X509, decltype(&X509_free)>;
using BioHandle = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

int no_passphrase(char*, int, int, void*) { return 0; }

std::span<const std::uint8_t> octets_of(const ASN1_STRING* string)
{
    return {ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))};
}

bool is_local(const GENERAL_NAME& permitted)
{
    if (permitted.type == GEN_DNS) {
        const auto octets = octets_of(permitted.d.dNSName);
        const std::string_view domain(reinterpret_cast<const char*>(octets.data()), octets.size());
        return !domain.contains('*') && is_local_name(domain);
    }
    if (permitted.type == GEN_IPADD) {
        const auto octets = octets_of(permitted.d.iPAddress);  // an address and its mask
        return is_local_network(octets.first(octets.size() / 2), octets.subspan(octets.size() / 2));
    }
    return true;  // more restriction, of forms that are not for servers
}

// Whether it may vouch for local names and addresses alone. A form that no subtree speaks of would be free.
bool is_constrained(X509* certificate)
{
    int critical = 0;
    const std::unique_ptr<NAME_CONSTRAINTS, decltype(&NAME_CONSTRAINTS_free)> constraints(
        static_cast<NAME_CONSTRAINTS*>(X509_get_ext_d2i(certificate, NID_name_constraints, &critical, nullptr)),
        NAME_CONSTRAINTS_free);
    if (constraints == nullptr || critical != 1) return false;
    bool of_names = false;
    bool of_addresses = false;
    for (int i = 0; i < sk_GENERAL_SUBTREE_num(constraints->permittedSubtrees); ++i) {
        const GENERAL_NAME& permitted = *sk_GENERAL_SUBTREE_value(constraints->permittedSubtrees, i)->base;
        if (!is_local(permitted)) return false;
        of_names |= permitted.type == GEN_DNS;
        of_addresses |= permitted.type == GEN_IPADD;
    }
    return of_names && of_addresses;
}

std::string fingerprint_of(const X509* certificate)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (X509_digest(certificate, EVP_sha256(), digest.data(), &length) != 1) return {};
    std::string text;
    for (unsigned i = 0; i < length; ++i) {
        if (i != 0) text += ':';
        text += "0123456789ABCDEF"[digest[i] >> 4U];
        text += "0123456789ABCDEF"[digest[i] & 15U];
    }
    return text;
}

std::string common_name(const X509* certificate)
{
    std::array<char, 128> text{};
    const int size =
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text.data(), text.size());
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

std::string pem_of(const X509* certificate)
{
    const BioHandle bio(BIO_new(BIO_s_mem()), BIO_free_all);
    if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) return {};
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

base::Seconds seconds_of(const ASN1_TIME* time)
{
    std::tm fields{};
    if (ASN1_TIME_to_tm(time, &fields) != 1) return {};
    return base::Seconds(std::chrono::seconds(::timegm(&fields)));
}

}  // namespace

Result<Root> Root::from_pem(std::string_view pem)
{
    const BioHandle bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all);
    const CertificateHandle certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr) : nullptr,
                                        X509_free);
    ERR_clear_error();
    if (!certificate) return fail(Error::malformed, "there is no certificate in it");
    if (X509_check_ca(certificate.get()) != 1) return fail(Error::denied, "it is no authority's certificate");
    if (!is_constrained(certificate.get()))
        return fail(Error::denied, "it is no local authority's certificate: it could vouch for any name");
    auto name = common_name(certificate.get());
    if (name.empty()) return fail(Error::denied, "it is no local authority's certificate: it has no name");
    return Root{std::move(name), pem_of(certificate.get()), fingerprint_of(certificate.get()),
                seconds_of(X509_get0_notAfter(certificate.get()))};
}

}  // namespace cais::tls
