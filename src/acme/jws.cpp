#include "acme/jws.h"

#include "base/base64.h"
#include "base/text.h"

#include <array>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <vector>

namespace cais::acme {
namespace {

using base::append_json_string;
using base::to_base64url;

constexpr std::size_t coordinate_octets = 32;  // of P-256

// A coordinate with its leading zeros: RFC 7518 §6.2.1.2.
Result<std::string> coordinate(const Key& key, const char* name)
{
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key.get(), name, &number) != 1) return fail(Error::failed, "a key without coordinates");
    std::array<unsigned char, coordinate_octets> octets;
    const int length = BN_bn2binpad(number, octets.data(), octets.size());
    BN_free(number);
    if (length != coordinate_octets) return fail(Error::failed, "a key of another size");
    return to_base64url({reinterpret_cast<const char*>(octets.data()), octets.size()});
}

// ES256: r and s side by side, not DER (RFC 7518 §3.4).
Result<std::string> es256(const Key& key, std::string_view text)
{
    const DigestContext context(EVP_MD_CTX_new());
    std::array<unsigned char, 128> der;
    std::size_t length = der.size();
    if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), der.data(), &length, reinterpret_cast<const unsigned char*>(text.data()),
                       text.size()) != 1)
        return fail(Error::failed, "signing failed");
    const unsigned char* at = der.data();
    ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(length));
    if (signature == nullptr) return fail(Error::failed, "signing failed");
    std::array<unsigned char, 2 * coordinate_octets> raw;
    const bool fits = BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw.data(), coordinate_octets) == coordinate_octets &&
                      BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw.data() + coordinate_octets, coordinate_octets) ==
                          coordinate_octets;
    ECDSA_SIG_free(signature);
    if (!fits) return fail(Error::failed, "signing failed");
    return std::string(reinterpret_cast<const char*>(raw.data()), raw.size());
}

std::string flattened(std::string_view header, std::string_view payload, std::string_view signature)
{
    std::string text = R"({"protected":")";
    text.append(header).append(R"(","payload":")").append(payload).append(R"(","signature":")");
    return text.append(to_base64url(signature)).append("\"}");
}

}  // namespace

Result<std::string> jwk_of(const Key& key)
{
    auto x = coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X);
    if (!x) return x;
    auto y = coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y);
    if (!y) return y;
    return R"({"crv":"P-256","kty":"EC","x":")" + *x + R"(","y":")" + *y + R"("})";
}

std::string key_authorization(std::string_view token, std::string_view jwk)
{
    return std::string(token) + "." + to_base64url(sha256(jwk));
}

Result<std::string> sign(const Signing& with, std::string_view payload)
{
    std::string header = R"({"alg":"ES256",)";
    if (with.account.empty()) {
        auto jwk = jwk_of(with.key);
        if (!jwk) return jwk;
        header += R"("jwk":)" + *jwk;
    } else {
        header += R"("kid":)";
        append_json_string(header, with.account);
    }
    header += R"(,"nonce":)";
    append_json_string(header, with.nonce);
    header += R"(,"url":)";
    append_json_string(header, with.url);
    header += "}";
    const std::string first = to_base64url(header);
    const std::string second = to_base64url(payload);
    auto signature = es256(with.key, first + "." + second);
    if (!signature) return signature;
    return flattened(first, second, *signature);
}

Result<std::string> bind_account(std::string_view id, std::string_view mac_key, std::string_view url,
                                 std::string_view jwk)
{
    auto secret = base::from_base64url(mac_key);
    if (!secret || secret->empty())
        return fail(Error::malformed, "the key of the external account is no base64url", "RFC 8555 §7.3.4");
    std::string header = R"({"alg":"HS256","kid":)";
    append_json_string(header, id);
    header += R"(,"url":)";
    append_json_string(header, url);
    header += "}";
    const std::string first = to_base64url(header);
    const std::string second = to_base64url(jwk);
    const std::string text = first + "." + second;
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
    unsigned length = 0;
    if (HMAC(EVP_sha256(), secret->data(), static_cast<int>(secret->size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &length) == nullptr)
        return fail(Error::failed, "signing failed");
    return flattened(first, second, {reinterpret_cast<const char*>(mac.data()), length});
}

}  // namespace cais::acme
