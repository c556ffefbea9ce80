// What the files of this folder share of OpenSSL: owned handles, and its errors as ours. Others include certificate.h,
// stream.h and the like, which name its types and never its functions.
#pragma once
#include "base/result.h"

#include <memory>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string>

namespace cais::tls {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const noexcept
    {
        Free(object);
    }
};

using BioHandle = std::unique_ptr<BIO, Freed<BIO_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using X509Handle = std::unique_ptr<X509, Freed<X509_free>>;
using StoreHandle = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;

struct FreeChain {
    void operator()(STACK_OF(X509) * chain) const noexcept { sk_X509_pop_free(chain, X509_free); }
};
using ChainHandle = std::unique_ptr<STACK_OF(X509), FreeChain>;

// Before the first call of the library: no file of its configuration is read, so that what we do does not depend on it.
// `where_asked`: one that OPENSSL_CONF names is. The first call decides.
enum class LibraryConfiguration : unsigned char { none, where_asked };
void initialise(LibraryConfiguration configuration = LibraryConfiguration::none);
// Whether one was asked for, by OPENSSL_CONF.
[[nodiscard]] bool is_configuration_asked_for() noexcept;

// What the library says went wrong, `what` where it says nothing; its queue is empty then. Its words are static.
[[nodiscard]] Error openssl_error(Error::Kind kind, const char* what) noexcept;
[[nodiscard]] inline std::unexpected<Error> fail_openssl(Error::Kind kind, const char* what) noexcept
{
    return std::unexpected(openssl_error(kind, what));
}

// RFC 4514: "CN=Ana,O=Example".
[[nodiscard]] std::string text_of(const X509_NAME* name);
// SHA-256 of the DER, lower-case hexadecimal.
[[nodiscard]] std::string digest_of(const X509* certificate);

}  // namespace cais::tls
