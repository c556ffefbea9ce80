// Certificates for tests, made on the spot: an authority, and what it issues.
#pragma once
#include "tls/openssl.h"

#include <gtest/gtest.h>
#include <initializer_list>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string>
#include <utility>

namespace cais::tls::test {

struct Wanted {
    std::string subject = "test";
    std::string names = "DNS:localhost";  // as OpenSSL's configuration writes them
    enum Key : std::uint8_t { ecdsa, rsa, small_rsa, ed25519 } key = ecdsa;
    long from = 0;                   // seconds from now
    long until = 90 * 24 * 60 * 60;  // the same
    bool is_authority = false;
    std::string usage = {};      // extendedKeyUsage
    std::string responder = {};  // URL
};

struct Issued {
    X509Handle certificate;
    KeyHandle key;

    [[nodiscard]] std::string chain() const
    {
        const BioHandle memory(BIO_new(BIO_s_mem()));
        PEM_write_bio_X509(memory.get(), certificate.get());
        return text(memory.get());
    }
    [[nodiscard]] std::string key_text() const
    {
        const BioHandle memory(BIO_new(BIO_s_mem()));
        PEM_write_bio_PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        return text(memory.get());
    }

private:
    static std::string text(BIO* memory)
    {
        char* octets = nullptr;
        const long length = BIO_get_mem_data(memory, &octets);
        return {octets, static_cast<std::size_t>(length)};
    }
};

inline KeyHandle make_key(Wanted::Key kind)
{
    switch (kind) {
    case Wanted::ecdsa: return KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    case Wanted::rsa: return KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
    case Wanted::small_rsa: return KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024}));
    case Wanted::ed25519: return KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    }
    return nullptr;
}

inline void extend(X509* certificate, X509* issuer, int what, const std::string& value)
{
    if (value.empty()) return;
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
    ASSERT_NE(extension, nullptr) << value;
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

// Signed by `issuer`, or by itself.
inline Issued issue(const Wanted& wanted, const Issued* issuer = nullptr)
{
    initialise();
    static long serial = 1;
    Issued made{X509Handle(X509_new()), make_key(wanted.key)};
    X509* const certificate = made.certificate.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), wanted.from);
    X509_gmtime_adj(X509_getm_notAfter(certificate), wanted.until);
    X509_set_pubkey(certificate, made.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(wanted.subject.c_str()), -1, -1, 0);
    X509* const above = issuer != nullptr ? issuer->certificate.get() : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(above));
    extend(certificate, above, NID_basic_constraints, wanted.is_authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (wanted.is_authority) extend(certificate, above, NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature");
    extend(certificate, above, NID_subject_key_identifier, "hash");
    extend(certificate, above, NID_subject_alt_name, wanted.names);
    extend(certificate, above, NID_ext_key_usage, wanted.usage);
    if (!wanted.responder.empty()) extend(certificate, above, NID_info_access, "OCSP;URI:" + wanted.responder);
    EVP_PKEY* const with = issuer != nullptr ? issuer->key.get() : made.key.get();
    const bool is_edwards = EVP_PKEY_get_base_id(with) == EVP_PKEY_ED25519;
    EXPECT_GT(X509_sign(certificate, with, is_edwards ? nullptr : EVP_sha256()), 0);
    return made;
}

inline Issued authority(std::string subject = "authority")
{
    return issue({.subject = std::move(subject), .names = {}, .is_authority = true});
}

}  // namespace cais::tls::test
