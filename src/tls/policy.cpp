#include "tls/policy.h"

#include "tls/openssl.h"

namespace cais::tls {
namespace {

// AES with 128 bits first: nobody breaks it either, and it is the faster one on every processor that has instructions
// for it. Who has none puts ChaCha20 first, and then we do (SSL_OP_PRIORITIZE_CHACHA).
constexpr const char* suites_of_1_3 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* suites_of_1_2 = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-"
                                      "GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                      "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
char groups[] = "X25519:P-256:P-384:P-521";
// Of signatures, in both directions; without SHA-1 and SHA-224 (RFC 9155).
// OpenSSL's macros want it without const.
char signatures[] =
    "ECDSA+SHA256:ed25519:rsa_pss_rsae_sha256:rsa_pss_pss_sha256:ECDSA+SHA384:ECDSA+SHA512:ed448:rsa_pss_rsae_sha384:"
    "rsa_pss_rsae_sha512:rsa_pss_pss_sha384:rsa_pss_pss_sha512:RSA+SHA256:RSA+SHA384:RSA+SHA512";

}  // namespace

bool apply_policy(SSL_CTX* context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_ciphersuites(context, suites_of_1_3) == 1 &&
           SSL_CTX_set_cipher_list(context, suites_of_1_2) == 1 && SSL_CTX_set1_groups_list(context, groups) == 1 &&
           SSL_CTX_set1_sigalgs_list(context, signatures) == 1 &&
           SSL_CTX_set1_client_sigalgs_list(context, signatures) == 1;
}

}  // namespace cais::tls
