#include "tls/handshake_events.h"

#include "tls/client_hello.h"
#include "tls/openssl.h"

#include <array>
#include <ctime>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/x509v3.h>
#include <vector>

namespace cais::tls {
namespace {

std::string_view name_of_message(int type)
{
    switch (type) {
    case SSL3_MT_HELLO_REQUEST: return "HelloRequest";
    case SSL3_MT_CLIENT_HELLO: return "ClientHello";
    case SSL3_MT_SERVER_HELLO: return "ServerHello";
    case SSL3_MT_NEWSESSION_TICKET: return "NewSessionTicket";
    case SSL3_MT_END_OF_EARLY_DATA: return "EndOfEarlyData";
    case SSL3_MT_ENCRYPTED_EXTENSIONS: return "EncryptedExtensions";
    case SSL3_MT_CERTIFICATE: return "Certificate";
    case SSL3_MT_SERVER_KEY_EXCHANGE: return "ServerKeyExchange";
    case SSL3_MT_CERTIFICATE_REQUEST: return "CertificateRequest";
    case SSL3_MT_SERVER_DONE: return "ServerHelloDone";
    case SSL3_MT_CERTIFICATE_VERIFY: return "CertificateVerify";
    case SSL3_MT_CLIENT_KEY_EXCHANGE: return "ClientKeyExchange";
    case SSL3_MT_FINISHED: return "Finished";
    case SSL3_MT_CERTIFICATE_STATUS: return "CertificateStatus";
    case SSL3_MT_KEY_UPDATE: return "KeyUpdate";
    default: return "unknown";
    }
}

std::int64_t seconds_of(const ASN1_TIME* time)
{
    std::tm parts{};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? ::timegm(&parts) : 0;
}

// "RSA", "EC prime256v1", "ED25519"
std::string text_of_key(EVP_PKEY* key)
{
    if (key == nullptr) return "unknown";
    const char* const type = EVP_PKEY_get0_type_name(key);
    std::string text = type == nullptr ? "unknown" : type;
    char group[64];
    std::size_t length = 0;
    if (EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof group, &length) == 1)
        (text += ' ').append(group, length);
    return text;
}

void tell_offer(const trace::Context& trace, trace::Direction direction, std::string_view message)
{
    const auto offered = read_client_hello(message);
    if (!offered) return;
    std::vector<std::string> versions;
    for (const auto version : offered->versions) {
        versions.push_back(text_of_version(version));
        if (versions.back().starts_with("TLS "))
            versions.back().replace(3, 1, "v");  // as OpenSSL names what is agreed on
    }
    const std::vector<std::string_view> names(versions.begin(), versions.end());
    trace.say(trace::TlsOffer{direction, offered->server_name, offered->protocols, names, offered->has_session});
}

}  // namespace

std::string name_of_signature(int key, int digest)
{
    const char* const hash = OBJ_nid2sn(digest);
    std::string lower;
    if (digest != NID_undef && hash != nullptr)
        for (const char* c = hash; *c != 0; ++c) lower += *c >= 'A' && *c <= 'Z' ? static_cast<char>(*c | 0x20) : *c;
    switch (key) {
    case EVP_PKEY_RSA: return "rsa_pkcs1_" + lower;
    case EVP_PKEY_RSA_PSS: return "rsa_pss_rsae_" + lower;
    case EVP_PKEY_ED25519: return "ed25519";
    case EVP_PKEY_ED448: return "ed448";
    case EVP_PKEY_EC:
        switch (digest) {
        case NID_sha256: return "ecdsa_secp256r1_sha256";
        case NID_sha384: return "ecdsa_secp384r1_sha384";
        case NID_sha512: return "ecdsa_secp521r1_sha512";
        default: return "ecdsa_" + lower;
        }
    default: return {};
    }
}

void tell_message(const trace::Context& trace, trace::Direction direction, int content, std::string_view octets)
{
    if (octets.empty()) return;
    const auto first = static_cast<std::uint8_t>(octets.front());
    switch (content) {
    case SSL3_RT_HANDSHAKE:
        trace.say(
            trace::TlsMessage{direction, trace::TlsMessage::handshake, first, name_of_message(first), octets.size()});
        if (first == SSL3_MT_CLIENT_HELLO) tell_offer(trace, direction, octets);
        return;
    case SSL3_RT_ALERT:
        if (octets.size() >= 2) tell_alert(trace, direction, static_cast<unsigned char>(octets[1]));
        return;
    case SSL3_RT_CHANGE_CIPHER_SPEC:
        trace.say(
            trace::TlsMessage{direction, trace::TlsMessage::change_cipher_spec, 1, "ChangeCipherSpec", octets.size()});
        return;
    default: return;  // heads of records, inner content types
    }
}

void tell_alert(const trace::Context& trace, trace::Direction direction, unsigned char description)
{
    trace.say(trace::TlsMessage{direction, trace::TlsMessage::alert, description,
                                SSL_alert_desc_string_long(description), 2});
}

void tell_verification(const trace::Context& trace, X509_STORE_CTX* chain, bool holds)
{
    const X509* const current = X509_STORE_CTX_get_current_cert(chain);
    const int error = X509_STORE_CTX_get_error(chain);
    trace::TlsVerification step{.depth = X509_STORE_CTX_get_error_depth(chain),
                                .subject = {},
                                .holds = holds,
                                .outcome = X509_verify_cert_error_string(holds ? X509_V_OK : error)};
    std::string subject, issuer, key_type;
    if (current != nullptr) {
        step.subject = subject = text_of(X509_get_subject_name(current));
        step.issuer = issuer = text_of(X509_get_issuer_name(current));
        EVP_PKEY* const key = X509_get0_pubkey(current);
        step.key_type = key_type = text_of_key(key);
        step.key_bits = key == nullptr ? 0 : static_cast<unsigned>(EVP_PKEY_get_bits(key));
        const char* const signature = OBJ_nid2ln(X509_get_signature_nid(current));
        step.signature = signature == nullptr ? "unknown" : signature;
        step.not_before = seconds_of(X509_get0_notBefore(current));
        step.not_after = seconds_of(X509_get0_notAfter(current));
        step.is_trusted_root = holds && step.depth >= X509_STORE_CTX_get_num_untrusted(chain);
    }
    trace.say(step);
}

void tell_verdict(const trace::Context& trace, SSL* ssl, const std::string& host)
{
    const X509* const certificate = SSL_get0_peer_certificate(ssl);
    const long result = SSL_get_verify_result(ssl);
    if (certificate == nullptr && result == X509_V_OK) return;  // nobody has shown one
    const char* const name = SSL_get0_peername(ssl);
    trace::TlsVerdict verdict{.holds = result == X509_V_OK, .outcome = X509_verify_cert_error_string(result)};
    verdict.host = host;
    if (name != nullptr) verdict.matched_name = name;
    else if (verdict.holds) verdict.matched_name = host;  // an address: it matches as a whole or not at all
    verdict.is_required = (SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER) != 0;
    trace.say(verdict);
}

void tell_established(const trace::Context& trace, SSL* ssl, const std::string& server_name,
                      const std::string& peer_subject)
{
    trace::TlsEstablished done{.version = SSL_get_version(ssl), .cipher = {}};
    const char* const cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl));
    if (cipher != nullptr) done.cipher = cipher;
    done.is_resumed = SSL_session_reused(ssl) == 1;

    const auto number = static_cast<int>(SSL_get_negotiated_group(ssl));
    const char* const group = number == 0 ? nullptr : SSL_group_to_name(ssl, number);
    if (group != nullptr) done.group = group;
    // The server's proof, whichever side we are: a resumed session has none.
    int key = NID_undef, digest = NID_undef;
    const bool is_known =
        SSL_is_server(ssl) == 1
            ? SSL_get_signature_type_nid(ssl, &key) == 1 && (SSL_get_signature_nid(ssl, &digest), true)
            : SSL_get_peer_signature_type_nid(ssl, &key) == 1 && (SSL_get_peer_signature_nid(ssl, &digest), true);
    const std::string signature = is_known && !done.is_resumed ? name_of_signature(key, digest) : std::string();
    done.signature = signature;

    const unsigned char* protocol = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl, &protocol, &length);
    done.protocol = {reinterpret_cast<const char*>(protocol), length};
    done.server_name = server_name;
    done.peer_subject = peer_subject;
    trace.say(done);
    trace.say(trace::TlsKernel{.sends = BIO_get_ktls_send(SSL_get_wbio(ssl)) == 1,
                               .receives = BIO_get_ktls_recv(SSL_get_rbio(ssl)) == 1});
}

}  // namespace cais::tls
