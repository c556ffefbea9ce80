#include "acme/key.h"

#include <array>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

namespace cais::acme {

Result<Key> make_key()
{
    Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    if (!key) return fail(Error::failed, "a key could not be made");
    return key;
}

Result<std::string> to_pem(const Key& key)
{
    const Bio bio(BIO_new(BIO_s_secmem()));
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return fail(Error::failed, "a key could not be written");
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(length));
}

Result<Key> key_from_pem(std::string_view pem)
{
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const auto no_phrase = [](char*, int, int, void*) { return -1; };
    Key key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_phrase, nullptr) : nullptr);
    std::array<char, 32> group{};
    if (!key ||
        EVP_PKEY_get_utf8_string_param(key.get(), OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(), nullptr) !=
            1 ||
        std::string_view(group.data()) != "prime256v1")
        return fail(Error::malformed, "it holds no private key on P-256");
    return key;
}

std::string sha256(std::string_view octets)
{
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(octets.data()), octets.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
}

}  // namespace cais::acme
