#include "acme/certificate_request.h"

#include <openssl/pem.h>
#include <openssl/rand.h>

namespace cais::acme {
namespace {

// subjectAltName, critical where there is no subject (RFC 5280 §4.2.1.6).
Extension alternative_name(const Name& name)
{
    GENERAL_NAMES* names = GENERAL_NAMES_new();
    GENERAL_NAME* entry = GENERAL_NAME_new();
    if (name.is_address()) {
        GENERAL_NAME_set0_value(entry, GEN_IPADD, a2i_IPADDRESS(name.text.c_str()));
    } else {
        ASN1_IA5STRING* text = ASN1_IA5STRING_new();
        ASN1_STRING_set(text, name.text.data(), static_cast<int>(name.text.size()));
        GENERAL_NAME_set0_value(entry, GEN_DNS, text);
    }
    sk_GENERAL_NAME_push(names, entry);
    Extension extension(X509V3_EXT_i2d(NID_subject_alt_name, 1, names));
    GENERAL_NAMES_free(names);
    return extension;
}

// id-pe-acmeIdentifier: an OCTET STRING of the digest.
Extension identifier(std::string_view key_authorization)
{
    const std::string digest = sha256(key_authorization);
    std::string der("\x04\x20");
    der += digest;
    ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(value, reinterpret_cast<const unsigned char*>(der.data()), static_cast<int>(der.size()));
    ASN1_OBJECT* object = OBJ_txt2obj("1.3.6.1.5.5.7.1.31", 1);
    Extension extension(X509_EXTENSION_create_by_OBJ(nullptr, object, 1, value));
    ASN1_OBJECT_free(object);
    ASN1_OCTET_STRING_free(value);
    return extension;
}

}  // namespace

Result<std::string> certificate_request(const Key& key, const Name& name)
{
    const auto failed = [] { return fail(Error::failed, "a certificate request could not be made"); };
    const X509Request request(X509_REQ_new());
    const Extension names = alternative_name(name);
    if (!request || !names || X509_REQ_set_pubkey(request.get(), key.get()) != 1) return failed();
    STACK_OF(X509_EXTENSION)* extensions = sk_X509_EXTENSION_new_null();
    sk_X509_EXTENSION_push(extensions, names.get());
    const bool is_added = X509_REQ_add_extensions(request.get(), extensions) == 1;
    sk_X509_EXTENSION_free(extensions);
    if (!is_added || X509_REQ_sign(request.get(), key.get(), EVP_sha256()) == 0) return failed();
    unsigned char* der = nullptr;
    const int length = i2d_X509_REQ(request.get(), &der);
    if (length <= 0) return failed();
    std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
    OPENSSL_free(der);
    return text;
}

Result<ChallengeCertificate> challenge_certificate(const Name& name, std::string_view key_authorization)
{
    const auto failed = [] { return fail(Error::failed, "the certificate of a challenge could not be made"); };
    auto key = make_key();
    if (!key) return std::unexpected(key.error());
    const X509Certificate certificate(X509_new());
    const Extension names = alternative_name(name);
    const Extension digest = identifier(key_authorization);
    if (!certificate || !names || !digest) return failed();
    X509* const x = certificate.get();
    std::uint64_t serial = 0;
    if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return failed();
    constexpr long week = 7 * 24 * 3600;
    const bool is_made = X509_set_version(x, X509_VERSION_3) == 1 &&
                         ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial | 1) == 1 &&
                         X509_gmtime_adj(X509_getm_notBefore(x), -3600) != nullptr &&
                         X509_gmtime_adj(X509_getm_notAfter(x), week) != nullptr &&
                         X509_set_pubkey(x, key->get()) == 1 && X509_add_ext(x, names.get(), -1) == 1 &&
                         X509_add_ext(x, digest.get(), -1) == 1 && X509_sign(x, key->get(), EVP_sha256()) != 0;
    const Bio bio(BIO_new(BIO_s_mem()));
    if (!is_made || !bio || PEM_write_bio_X509(bio.get(), x) != 1) return failed();
    auto pem = to_pem(*key);
    if (!pem) return std::unexpected(pem.error());
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &data);
    return ChallengeCertificate{std::string(data, static_cast<std::size_t>(length)), std::move(*pem)};
}

}  // namespace cais::acme
