#include "tls/openssl.h"

#include <array>
#include <cstdlib>

namespace cais::tls {

bool is_configuration_asked_for() noexcept
{
    const char* const file = ::secure_getenv("OPENSSL_CONF");
    return file != nullptr && *file != '\0';
}

void initialise(LibraryConfiguration configuration)
{
    static const bool once = [configuration] {
        const bool loads = configuration == LibraryConfiguration::where_asked && is_configuration_asked_for();
        return OPENSSL_init_ssl(loads ? OPENSSL_INIT_LOAD_CONFIG : OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) == 1;
    }();
    static_cast<void>(once);
}

Error openssl_error(Error::Kind kind, const char* what) noexcept
{
    // The first is the cause; what comes after is who passed it on.
    const unsigned long first = ERR_get_error();
    ERR_clear_error();
    if (first == 0) return {kind, 0, what, ""};
    if (ERR_SYSTEM_ERROR(first)) return {kind, ERR_GET_REASON(first), what, ""};
    const char* reason = ERR_reason_error_string(first);
    return {kind, 0, reason != nullptr ? reason : what, ""};
}

std::string text_of(const X509_NAME* name)
{
    const BioHandle memory(BIO_new(BIO_s_mem()));
    // UTF-8 stays as it is: whoever shows it says what is printable.
    if (memory == nullptr || X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
        return {};
    const char* octets = nullptr;
    const long length = BIO_get_mem_data(memory.get(), &octets);
    return {octets, static_cast<std::size_t>(length)};
}

std::string digest_of(const X509* certificate)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> octets;
    unsigned length = 0;
    if (X509_digest(certificate, EVP_sha256(), octets.data(), &length) != 1) return {};
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < length; ++i) {
        text += digits[octets[i] >> 4];
        text += digits[octets[i] & 15];
    }
    return text;
}

}  // namespace cais::tls
