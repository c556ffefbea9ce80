#include "acme/jws.h"
#include "base/base64.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <openssl/ecdsa.h>

namespace cais::acme {
namespace {

namespace json = boost::json;

// RFC 7515 A.3.
constexpr const char* known_jwk = R"({"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                                  R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";

std::string member(const std::string& text, const char* name)
{
    const auto value = json::parse(text).as_object().at(name).as_string();
    return std::string(value.data(), value.size());
}

bool verifies(const Key& key, const std::string& jws)
{
    const auto raw = base::from_base64url(member(jws, "signature"));
    if (!raw || raw->size() != 64) return false;
    ECDSA_SIG* signature = ECDSA_SIG_new();
    ECDSA_SIG_set0(signature, BN_bin2bn(reinterpret_cast<const unsigned char*>(raw->data()), 32, nullptr),
                   BN_bin2bn(reinterpret_cast<const unsigned char*>(raw->data()) + 32, 32, nullptr));
    unsigned char* der = nullptr;
    const int length = i2d_ECDSA_SIG(signature, &der);
    const std::string text = member(jws, "protected") + "." + member(jws, "payload");
    const DigestContext context(EVP_MD_CTX_new());
    EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
    const bool is_good = EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(length),
                                          reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
    OPENSSL_free(der);
    ECDSA_SIG_free(signature);
    return is_good;
}

TEST(Rfc8555Jws, s6_2_a_request_verifies)
{
    for (int i = 0; i < 50; ++i) {  // a coordinate, or half of a signature, has a leading zero now and then
        auto key = make_key();
        ASSERT_TRUE(key);
        auto jws = sign({*key, "https://a/new-order", "nonce-1", "https://a/account/1"}, R"({"a":1})");
        ASSERT_TRUE(jws);
        EXPECT_TRUE(verifies(*key, *jws));
        EXPECT_EQ(base::from_base64url(member(*jws, "protected")),
                  R"({"alg":"ES256","kid":"https://a/account/1","nonce":"nonce-1","url":"https://a/new-order"})");
        EXPECT_EQ(base::from_base64url(member(*jws, "payload")), R"({"a":1})");
        auto jwk = jwk_of(*key);
        ASSERT_TRUE(jwk);
        EXPECT_EQ(jwk->size(), std::string_view(known_jwk).size());
    }
}

TEST(Rfc8555Jws, s6_2_a_new_account_is_signed_with_the_key_itself)
{
    auto key = make_key();
    ASSERT_TRUE(key);
    auto jws = sign({*key, "https://a/new-account", "n", ""}, "{}");
    ASSERT_TRUE(jws);
    const auto header = base::from_base64url(member(*jws, "protected"));
    EXPECT_EQ(*header, R"({"alg":"ES256","jwk":)" + *jwk_of(*key) + R"(,"nonce":"n","url":"https://a/new-account"})");
}

TEST(Rfc8555Jws, s6_3_post_as_get_has_an_empty_payload)
{
    auto key = make_key();
    auto jws = sign({*key, "https://a/1", "n", "https://a/account/1"}, "");
    ASSERT_TRUE(jws);
    EXPECT_EQ(member(*jws, "payload"), "");
    EXPECT_TRUE(verifies(*key, *jws));
}

TEST(Rfc8555Jws, s8_1_key_authorization)
{
    // Computed apart, with Python's hashlib, from RFC 7515's key.
    EXPECT_EQ(key_authorization("evaGxfADs6pSRb2LAv9IZ", known_jwk),
              "evaGxfADs6pSRb2LAv9IZ.oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
}

TEST(Rfc8555Jws, s7_3_4_external_account_binding)
{
    auto bound = bind_account("kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W",
                              "https://a/new-account", known_jwk);
    ASSERT_TRUE(bound);
    EXPECT_EQ(base::from_base64url(member(*bound, "protected")),
              R"({"alg":"HS256","kid":"kid-1","url":"https://a/new-account"})");
    EXPECT_EQ(base::from_base64url(member(*bound, "payload")), known_jwk);
    EXPECT_EQ(member(*bound, "signature"), "2k_mk_np7YgfN9oeoiCOd0vpbQ9jtYcoXSbS-heXW_4");
    EXPECT_FALSE(bind_account("kid-1", "no base64url!", "https://a/", known_jwk));
    EXPECT_FALSE(bind_account("kid-1", "", "https://a/", known_jwk));
}

TEST(AcmeKey, is_written_and_read)
{
    auto key = make_key();
    auto pem = to_pem(*key);
    ASSERT_TRUE(pem);
    EXPECT_TRUE(pem->starts_with("-----BEGIN PRIVATE KEY-----\n"));
    auto again = key_from_pem(*pem);
    ASSERT_TRUE(again);
    EXPECT_EQ(*jwk_of(*again), *jwk_of(*key));
    EXPECT_FALSE(key_from_pem(""));
    EXPECT_FALSE(key_from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
    const Key rsa(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024}));
    EXPECT_FALSE(key_from_pem(*to_pem(rsa)));
}

}  // namespace
}  // namespace cais::acme
