#include "tls/handshake.h"

#include "base/text.h"
#include "io/loop.h"
#include "tls/client_hello.h"
#include "tls/handshake_events.h"
#include "tls/openssl.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cais::tls {
namespace {

// Of a handshake, in one direction: a client's chain of certificates may be 100 KiB, all else is a few.
constexpr std::uint32_t most_octets = 256 * 1024;
constexpr std::string_view challenge_protocol = "acme-tls/1";  // RFC 8737 §6.2

int index_of_handshake()
{
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

Handshake* handshake_of(const SSL* ssl) { return static_cast<Handshake*>(SSL_get_ex_data(ssl, index_of_handshake())); }

std::string_view extension(SSL* ssl, unsigned type, bool& is_there)
{
    const unsigned char* octets = nullptr;
    std::size_t length = 0;
    is_there = SSL_client_hello_get0_ext(ssl, type, &octets, &length) == 1;
    if (!is_there) return {};
    return {reinterpret_cast<const char*>(octets), length};
}

}  // namespace

// What OpenSSL calls; each finds its handshake through the connection.
struct Handshake::Calls {
    static int client_hello(SSL* ssl, int* alert, void*) { return handshake_of(ssl)->see_client_hello(alert); }

    static int certificate(SSL* ssl, void*) { return handshake_of(ssl)->present() ? 1 : 0; }

    static int protocol(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_length,
                        const unsigned char* offered, unsigned offered_length, void*)
    {
        const Handshake& handshake = *handshake_of(ssl);
        const auto choose = [&](std::string_view ours) {
            for (unsigned at = 0; at < offered_length;) {
                const unsigned length = offered[at++];
                if (length > offered_length - at) return false;
                if (std::string_view(reinterpret_cast<const char*>(offered + at), length) == ours) {
                    *chosen = offered + at;
                    *chosen_length = static_cast<unsigned char>(length);
                    return true;
                }
                at += length;
            }
            return false;
        };
        if (handshake.is_challenge_) return choose(challenge_protocol) ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
        for (const auto& ours : handshake.arrival_->context.settings().protocols)
            if (choose(ours)) return SSL_TLSEXT_ERR_OK;
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }

    static int ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                          int seals)
    {
        const Handshake* handshake = handshake_of(ssl);
        if (handshake == nullptr) return -1;
        TicketKeys& keys = *handshake->arrival_->context.settings().ticket_keys;
        TicketKeys::Name key_name;
        if (seals == 1) {
            if (!keys.seal(key_name, iv, cipher, mac, base::now())) return 0;
            std::ranges::copy(key_name, name);
            return 1;
        }
        std::copy_n(name, key_name.size(), key_name.begin());
        switch (keys.open(key_name, iv, cipher, mac, base::now())) {
        case TicketKeys::Found::no: return 0;
        // A ticket of TLS 1.3 is for one use: whoever watches could tell the second by it (RFC 8446 §C.4). So the
        // client gets another.
        case TicketKeys::Found::yes: return SSL_version(ssl) == TLS1_3_VERSION ? 2 : 1;
        case TicketKeys::Found::old: return 2;
        }
        return 0;
    }

    static int status(SSL* ssl, void*)
    {
        X509* const presented = SSL_get_certificate(ssl);
        const Handshake* handshake = handshake_of(ssl);
        if (presented == nullptr || handshake == nullptr || handshake->identity_ == nullptr)
            return SSL_TLSEXT_ERR_NOACK;
        for (const auto& certificate : handshake->identity_->certificates) {
            if (certificate->leaf() != presented) continue;
            const auto staple = certificate->staple();
            if (staple == nullptr || staple->next_update <= std::chrono::system_clock::now()) break;
            auto* const octets =
                static_cast<unsigned char*>(OPENSSL_memdup(staple->octets.data(), staple->octets.size()));
            if (octets == nullptr) break;
            SSL_set_tlsext_status_ocsp_resp(ssl, octets, static_cast<long>(staple->octets.size()));
            return SSL_TLSEXT_ERR_OK;
        }
        return SSL_TLSEXT_ERR_NOACK;
    }

    // Each certificate of a peer's chain, from its root down; a failure ends the handshake with the alert that is for
    // it.
    static int verified(int holds, X509_STORE_CTX* chain)
    {
        const auto* ssl =
            static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
        const Handshake* handshake = ssl == nullptr ? nullptr : handshake_of(ssl);
        if (handshake == nullptr || !handshake->trace_) return holds;
        tell_verification(handshake->trace_, chain, holds == 1);
        return holds;
    }

    static void secret(const SSL* ssl, const char* line)
    {
        Handshake* const handshake = handshake_of(ssl);
        if (handshake == nullptr) return;
        handshake->keep_secret(line);
        if (handshake->arrival_ == nullptr) return;
        const auto& log = handshake->arrival_->context.settings().key_log;
        if (log != nullptr) log->keep(line);
    }

    static void message(int sent, int, int content, const void* octets, std::size_t length, SSL* ssl, void*)
    {
        Handshake* const handshake = handshake_of(ssl);
        if (handshake == nullptr || length == 0) return;
        const auto* bytes = static_cast<const unsigned char*>(octets);
        if (sent == 1) {
            // A record's head is told before the message that it carries.
            if (content == SSL3_RT_HEADER) ++handshake->sent_;
            else if (content == SSL3_RT_HANDSHAKE && bytes[0] == SSL3_MT_FINISHED) handshake->sent_ = 0;
        }
        if (!handshake->trace_) return;
        tell_message(handshake->trace_, sent == 1 ? trace::Direction::sent : trace::Direction::received, content,
                     {static_cast<const char*>(octets), length});
    }

    // After the handshake: tickets, KeyUpdate, alerts. What hears of them is the stream's.
    static void later_message(int sent, int, int content, const void* octets, std::size_t length, SSL*, void* trace)
    {
        tell_message(*static_cast<const trace::Context*>(trace),
                     sent == 1 ? trace::Direction::sent : trace::Direction::received, content,
                     {static_cast<const char*>(octets), length});
    }
};

void Handshake::install(SSL_CTX* context)
{
    SSL_CTX_set_client_hello_cb(context, Calls::client_hello, nullptr);
    SSL_CTX_set_cert_cb(context, Calls::certificate, nullptr);
    SSL_CTX_set_alpn_select_cb(context, Calls::protocol, nullptr);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, Calls::ticket_key);
    SSL_CTX_set_tlsext_status_cb(context, Calls::status);
    SSL_CTX_set_keylog_callback(context, Calls::secret);
    SSL_CTX_set_msg_callback(context, Calls::message);
}

Result<void> Handshake::start(SSL_CTX* context)
{
    assert(stream_->ssl_ == nullptr && "a stream shakes hands once");
    ssl_ = stream_->ssl_ = SSL_new(context);
    BIO* const bio = ssl_ == nullptr ? nullptr : stream_->transport_.make_bio();
    if (bio == nullptr || SSL_set_ex_data(ssl_, index_of_handshake(), this) != 1)
        return fail_openssl(Error::exhausted, "no memory for a connection");
    SSL_set_bio(ssl_, bio, bio);
    if (trace_) SSL_set_msg_callback(ssl_, Calls::message);
    stream_->transport_.allow(most_octets);
    if (arrival_ != nullptr) {
        SSL_set_accept_state(ssl_);
    } else {
        SSL_set_connect_state(ssl_);
        SSL_set_verify(ssl_, SSL_VERIFY_PEER, Calls::verified);
    }
    return {};
}

io::Task<Result<void>> Handshake::hear_first_octets(base::Duration limit)
{
    Transport& transport = stream_->transport_;
    transport.allow(most_octets);
    for (;;) {
        const io::Progress progress = transport.look();
        if (progress.state == io::Progress::done) break;
        if (progress.state != io::Progress::blocked) co_return fail(Error::ended, "the peer said nothing");
        // Who has not begun is not waited for when the server stops.
        auto ready = co_await transport.inner().rest(io::Stream::For::reading, limit);
        if (!ready) co_return ready;
    }
    // A record of a handshake begins with 22, a ClientHello of SSL 2.0 with its highest bit set; a method is letters.
    spoke_http_ = base::is_alpha(transport.ahead().front());
    if (spoke_http_) co_return fail(Error::malformed, "it speaks HTTP without TLS");
    co_return Result<void>();
}

io::Task<Result<void>> Handshake::run(base::Duration limit)
{
    using For = io::Stream::For;
    Transport& transport = stream_->transport_;
    io::Stream& inner = transport.inner();
    const base::Instant until = io::Loop::current()->now() + limit;
    for (;;) {
        ERR_clear_error();
        const int done = SSL_do_handshake(ssl_);
        const int reason = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, done);
        if (reason != SSL_ERROR_NONE && reason != SSL_ERROR_WANT_READ) {
            const Error error = failure();
            transport.settle();
            static_cast<void>(transport.flush());  // the alert
            co_return std::unexpected(error);
        }
        // What waits to leave is what the peer waits for.
        while (transport.waiting() > 0) {
            const auto progress = transport.flush();
            if (progress.state == io::Progress::failed) co_return fail_errno("send to the peer", progress.number);
            if (progress.state == io::Progress::done) break;
            auto ready =
                co_await inner.ready(For::writing, std::max<base::Duration>(until - io::Loop::current()->now(), {}));
            if (!ready) co_return ready;
        }
        transport.settle();
        if (reason == SSL_ERROR_NONE) break;
        auto ready =
            co_await inner.ready(For::reading, std::max<base::Duration>(until - io::Loop::current()->now(), {}));
        if (!ready) co_return ready;
    }
    co_return Result<void>();
}

void Handshake::finish()
{
    Outcome& outcome = stream_->outcome_;
    outcome.version = SSL_get_version(ssl_);
    const char* const cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl_));
    outcome.cipher = cipher == nullptr ? std::string_view{} : cipher;
    const unsigned char* protocol = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl_, &protocol, &length);
    const std::string_view selected(reinterpret_cast<const char*>(protocol), length);
    for (const std::string_view known : {std::string_view("http/1.1"), std::string_view("h2"), challenge_protocol})
        if (selected == known) outcome.protocol = known;
    outcome.server_name = std::move(server_name_);
    outcome.is_resumed = SSL_session_reused(ssl_) == 1;
    if (arrival_ != nullptr && site_ != nullptr && site_->clients != nullptr) {
        outcome.client_rules = site_->clients->id();
        // It is there only where it was verified, now or in the handshake that this session resumes.
        if (const X509* certificate = SSL_get0_peer_certificate(ssl_);
            certificate != nullptr && SSL_get_verify_result(ssl_) == X509_V_OK) {
            outcome.peer_subject = text_of(X509_get_subject_name(certificate));
            outcome.peer_digest = digest_of(certificate);
        }
    }
    SSL_set_ex_data(ssl_, index_of_handshake(), nullptr);
    SSL_set_msg_callback(ssl_, nullptr);
    if (trace_) {
        tell_established(trace_, ssl_, outcome.server_name, outcome.peer_subject);
        stream_->trace_ = std::make_unique<const trace::Context>(trace_);
        SSL_set_msg_callback(ssl_, Calls::later_message);
        SSL_set_msg_callback_arg(ssl_, const_cast<trace::Context*>(stream_->trace_.get()));  // only read there
    }
    if (arrival_ != nullptr && has_secrets_ && SSL_version(ssl_) == TLS1_3_VERSION) take_over_records();
    stream_->transport_.allow(most_without_content);
    ERR_clear_error();
}

Handshake::~Handshake()
{
    OPENSSL_cleanse(client_secret_.data(), client_secret_.size());
    OPENSSL_cleanse(server_secret_.data(), server_secret_.size());
}

// A line of the form that SSLKEYLOGFILE has: a label, the client's random number, the secret, all but the first in
// hexadecimal.
void Handshake::keep_secret(std::string_view line) noexcept
{
    const bool is_client = line.starts_with("CLIENT_TRAFFIC_SECRET_0 ");
    if (!is_client && !line.starts_with("SERVER_TRAFFIC_SECRET_0 ")) return;
    const std::string_view digits = line.substr(line.rfind(' ') + 1);
    Secret& secret = is_client ? client_secret_ : server_secret_;
    if (digits.size() > 2 * secret.size() || digits.size() % 2 != 0) return;
    for (std::size_t i = 0; i < digits.size(); i += 2)
        secret[i / 2] = static_cast<unsigned char>(base::hex_value(digits[i]) << 4 | base::hex_value(digits[i + 1]));
    // The server's is told first.
    has_secrets_ = is_client;
}

void Handshake::take_over_records()
{
    const Suite* const suite = suite_of(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl_)));
    if (suite == nullptr || SSL_pending(ssl_) > 0 || SSL_has_pending(ssl_) == 1) return;
    Records::Start start{.suite = suite, .sending = server_secret_, .receiving = client_secret_, .sent = sent_};
    // RFC 6066 §4: a client may want smaller records.
    const unsigned fragment = SSL_SESSION_get_max_fragment_length(SSL_get_session(ssl_));
    if (fragment >= TLSEXT_max_fragment_length_512 && fragment <= TLSEXT_max_fragment_length_4096)
        start.most_content = std::size_t{512} << (fragment - TLSEXT_max_fragment_length_512);
    stream_->records_ = Records::make(start);
    OPENSSL_cleanse(&start, sizeof start);
    if (stream_->records_ == nullptr) return;
    SSL_free(ssl_);
    ssl_ = stream_->ssl_ = nullptr;
}

void Handshake::abandon()
{
    if (ssl_ != nullptr) SSL_set_ex_data(ssl_, index_of_handshake(), nullptr);
    stream_->transport_.settle();
    stream_->has_failed_ = true;
    ERR_clear_error();
}

int Handshake::see_client_hello(int* alert)
{
    bool has_versions = false;
    const auto versions = extension(ssl_, TLSEXT_TYPE_supported_versions, has_versions);
    offered_ = highest_version(static_cast<std::uint16_t>(SSL_client_hello_get0_legacy_version(ssl_)),
                               has_versions ? std::optional(versions) : std::nullopt);
    if (offered_ < TLS1_2_VERSION) {
        why_ = "it offers " + text_of_version(offered_) + " at most; TLS 1.2 and 1.3 are spoken here";
        *alert = SSL_AD_PROTOCOL_VERSION;
        return SSL_CLIENT_HELLO_ERROR;
    }
    bool has_name = false;
    const auto names = extension(ssl_, TLSEXT_TYPE_server_name, has_name);
    if (has_name) {
        const auto name = parse_server_name(names);
        if (!name) {
            why_ = "its server_name is malformed";
            *alert = SSL_AD_DECODE_ERROR;
            return SSL_CLIENT_HELLO_ERROR;
        }
        // What is no name at all is a name that no site has.
        if (auto text = normalise_server_name(*name)) server_name_ = std::move(*text);
    }
    bool has_protocols = false;
    const auto protocols = extension(ssl_, TLSEXT_TYPE_application_layer_protocol_negotiation, has_protocols);
    is_challenge_ = has_protocols && offers_only(protocols, challenge_protocol);
    return choose_site(alert) ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_ERROR;
}

bool Handshake::choose_site(int* alert)
{
    const ServerContext& context = arrival_->context;
    if (is_challenge_) {
        if (arrival_->certificates != nullptr) identity_ = arrival_->certificates->find_challenge(server_name_);
        if (identity_ != nullptr) return true;
        why_ = "it asks for the challenge of `" + server_name_ + "`, for which there is none (tls-alpn-01)";
        *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
        return false;
    }
    std::string name = server_name_;
    if (name.empty() && arrival_->local.family != io::Address::Family::none) name = arrival_->local.ip_text();
    const auto [site, is_known] = context.site_of(name);
    site_ = site;
    identity_ = site->identity;
    if (identity_ == nullptr && arrival_->certificates != nullptr) {
        if (is_known) identity_ = arrival_->certificates->find(name);
        else
            for (const auto& host : site->hosts)
                if ((identity_ = arrival_->certificates->find(host)) != nullptr) break;
    }
    if (identity_ == nullptr || identity_->certificates.empty()) {
        why_ =
            "there is no certificate for `" + (is_known || site->hosts.empty() ? name : site->hosts.front()) + "` yet";
        is_our_fault_ = true;
        *alert = SSL_AD_INTERNAL_ERROR;
        return false;
    }
    if (site->clients != nullptr) ask_for_certificate(*site->clients);
    else {
        static constexpr std::string_view nobody_is_asked = "cais";
        SSL_set_session_id_context(ssl_, reinterpret_cast<const unsigned char*>(nobody_is_asked.data()),
                                   nobody_is_asked.size());
    }
    return true;
}

// A session resumes only where the same rules held: its context says which.
void Handshake::ask_for_certificate(const ClientRules& rules)
{
    SSL_set_session_id_context(ssl_, rules.context().data(), static_cast<unsigned>(rules.context().size()));
    const int required = rules.verify() == ClientRules::Verify::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    SSL_set_verify(ssl_, SSL_VERIFY_PEER | required, Calls::verified);
    SSL_set1_verify_cert_store(ssl_, rules.store());
    SSL_set_client_CA_list(ssl_, SSL_dup_CA_list(rules.names()));
}

bool Handshake::present() const
{
    for (const auto& certificate : identity_->certificates)
        if (SSL_use_cert_and_key(ssl_, certificate->leaf(), certificate->key(), certificate->intermediates(), 1) != 1)
            return false;
    return true;
}

// What OpenSSL, or what lies below, says went wrong.
Error Handshake::failure()
{
    const Transport& transport = stream_->transport_;
    if (transport.failure() != 0) {
        ERR_clear_error();
        return {Error::ended, transport.failure(), "the connection failed", ""};
    }
    const int reason = ERR_GET_REASON(ERR_peek_error());
    if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) return openssl_error(Error::ended, "");
    if (offered_ != 0 && offered_ < TLS1_2_VERSION) return openssl_error(Error::unsupported, "");
    switch (reason) {
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_UNSUPPORTED_PROTOCOL: return openssl_error(Error::unsupported, "");
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: {
        const long result = SSL_get_verify_result(ssl_);
        const char* const what = result != X509_V_OK ? X509_verify_cert_error_string(result) : "it sent no certificate";
        ERR_clear_error();
        return {Error::denied, 0, what, ""};
    }
    default: break;
    }
    if (is_our_fault_) return openssl_error(Error::not_found, "there is no certificate");
    return openssl_error(Error::malformed, "it does not speak TLS");
}

}  // namespace cais::tls
