#include "tls/ticket_keys.h"

#include "tls/openssl.h"

#include <algorithm>
#include <openssl/core_names.h>
#include <openssl/rand.h>

namespace cais::tls {
namespace {

// Looked up once: by name they would be in each handshake.
const EVP_CIPHER* cipher()
{
    static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
    return fetched;
}

bool prepare_mac(EVP_MAC_CTX* mac, const std::array<unsigned char, 32>& key)
{
    static char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                     OSSL_PARAM_construct_end()};
    return EVP_MAC_init(mac, key.data(), key.size(), parameters) == 1;
}

}  // namespace

struct TicketKeys::Key {
    Name name{};
    std::array<unsigned char, 32> cipher{};
    std::array<unsigned char, 32> mac{};
    base::Instant made{};

    ~Key()
    {
        OPENSSL_cleanse(cipher.data(), cipher.size());
        OPENSSL_cleanse(mac.data(), mac.size());
    }
};

struct TicketKeys::Keys {
    std::vector<std::shared_ptr<const Key>> all;  // the newest first
};

TicketKeys::TicketKeys() = default;  // nothing of OpenSSL before somebody speaks TLS
TicketKeys::~TicketKeys() = default;

std::shared_ptr<const TicketKeys::Keys> TicketKeys::current(base::Instant now)
{
    auto keys = keys_.load(std::memory_order_acquire);
    if (keys != nullptr && now - keys->all.front()->made < sealing) return keys;
    const std::lock_guard lock(mutex_);
    keys = keys_.load(std::memory_order_acquire);
    if (keys != nullptr && now - keys->all.front()->made < sealing) return keys;
    auto key = std::make_shared<Key>();
    if (RAND_bytes(key->name.data(), static_cast<int>(key->name.size())) != 1 ||
        RAND_priv_bytes(key->cipher.data(), static_cast<int>(key->cipher.size())) != 1 ||
        RAND_priv_bytes(key->mac.data(), static_cast<int>(key->mac.size())) != 1)
        return keys;
    key->made = now;
    auto next = std::make_shared<Keys>();
    next->all.push_back(std::move(key));
    if (keys != nullptr)
        for (const auto& older : keys->all)
            if (now - older->made < sealing + opening) next->all.push_back(older);
    keys_.store(next, std::memory_order_release);
    return next;
}

bool TicketKeys::seal(Name& name, unsigned char* iv, EVP_CIPHER_CTX* context, EVP_MAC_CTX* mac, base::Instant now)
{
    const auto keys = current(now);
    if (keys == nullptr) return false;
    const Key& key = *keys->all.front();
    name = key.name;
    return RAND_bytes(iv, EVP_CIPHER_get_iv_length(cipher())) == 1 &&
           EVP_EncryptInit_ex(context, cipher(), nullptr, key.cipher.data(), iv) == 1 && prepare_mac(mac, key.mac);
}

TicketKeys::Found TicketKeys::open(const Name& name, const unsigned char* iv, EVP_CIPHER_CTX* context, EVP_MAC_CTX* mac,
                                   base::Instant now)
{
    const auto keys = current(now);
    if (keys == nullptr) return Found::no;
    const auto found = std::ranges::find_if(keys->all, [&](const auto& key) { return key->name == name; });
    if (found == keys->all.end() || now - (*found)->made >= sealing + opening) return Found::no;
    const Key& key = **found;
    if (EVP_DecryptInit_ex(context, cipher(), nullptr, key.cipher.data(), iv) != 1 || !prepare_mac(mac, key.mac)) {
        ERR_clear_error();
        return Found::no;
    }
    return found == keys->all.begin() ? Found::yes : Found::old;
}

}  // namespace cais::tls
