#include "modules/auth/secrets.h"

#include <memory>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdexcept>

namespace cais::auth {
namespace {

// OpenSSL looks an algorithm up by its name each time unless it is kept.
const EVP_MD* sha256_algorithm()
{
    static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> kept(EVP_MD_fetch(nullptr, "SHA256", nullptr),
                                                                      EVP_MD_free);
    if (!kept) throw std::runtime_error("SHA-256 is not there");
    return kept.get();
}

class Hash {
public:
    Hash()
        : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free)
    {
        if (!context_ || EVP_DigestInit_ex2(context_.get(), sha256_algorithm(), nullptr) != 1)
            throw std::runtime_error("SHA-256 failed");
    }
    void add(std::string_view text)
    {
        if (EVP_DigestUpdate(context_.get(), text.data(), text.size()) != 1) throw std::runtime_error("SHA-256 failed");
    }
    Sha256 end()
    {
        Sha256 result;
        if (EVP_DigestFinal_ex(context_.get(), result.data(), nullptr) != 1) throw std::runtime_error("SHA-256 failed");
        return result;
    }

private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

void fill_random(std::span<std::uint8_t> octets)
{
    if (RAND_bytes(octets.data(), static_cast<int>(octets.size())) != 1) throw std::runtime_error("no random octets");
}

Sha256 sha256(std::initializer_list<std::string_view> pieces)
{
    Hash hash;
    for (const auto piece : pieces) hash.add(piece);
    return hash.end();
}

bool is_equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_hex(std::span<const std::uint8_t> octets)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(octets.size() * 2);
    for (const auto octet : octets) (text += digits[octet >> 4]) += digits[octet & 15];
    return text;
}

Key::~Key() { OPENSSL_cleanse(octets_.data(), octets_.size()); }

// By hand, since OpenSSL's HMAC looks its algorithm up at each call, under a lock that all threads share.
Sha256 Key::mac(std::initializer_list<std::string_view> pieces) const
{
    constexpr std::size_t block = 64;
    std::array<std::uint8_t, block> pad{};
    const auto set_pad = [&](std::uint8_t with) {
        for (std::size_t i = 0; i < block; ++i) pad[i] = (i < octets_.size() ? octets_[i] : 0) ^ with;
        return text_of(pad);
    };
    Hash inner;
    inner.add(set_pad(0x36));
    for (const auto piece : pieces) {
        std::array<std::uint8_t, 8> length{};
        for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<std::uint8_t>(piece.size() >> (8 * i));
        inner.add(text_of(length));
        inner.add(piece);
    }
    const Sha256 result = inner.end();
    Hash outer;
    outer.add(set_pad(0x5C));
    outer.add(text_of(result));
    OPENSSL_cleanse(pad.data(), pad.size());
    return outer.end();
}

// A short string lies within its object, so that moving it leaves a copy behind.
Secret::Secret(Secret&& other) noexcept
    : text_(other.text_.size() <= 15 ? std::string(other.text_) : std::move(other.text_))
{
    other.wipe();
}

Secret& Secret::operator=(Secret&& other) noexcept
{
    if (this == &other) return *this;
    wipe();
    if (other.text_.size() <= 15) text_ = std::string(other.text_);
    else text_ = std::move(other.text_);
    other.wipe();
    return *this;
}

// What the capacity holds beyond the size may be the rest of a longer one.
void Secret::wipe() noexcept
{
    if (text_.capacity() > 0) OPENSSL_cleanse(text_.data(), text_.capacity());
    text_.clear();
}

}  // namespace cais::auth
