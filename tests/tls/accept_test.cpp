// A server of ours, asked by OpenSSL.
#include "openssl_peer.h"
#include "tls/accept.h"

#include <cstring>

namespace cais::tls {
namespace {

using test::At;
using test::Came;
using test::echoed;
using test::identity_of;
using test::issue;
using test::Issued;
using test::server_of;
using test::Visit;
using test::visit;

class TlsAccept : public testing::Test {
public:
    Issued authority = test::authority();
    Issued first = issue({.subject = "first", .names = "DNS:first.test"}, &authority);
    Issued second = issue({.subject = "second", .names = "DNS:second.test"}, &authority);
    Issued wild = issue({.subject = "wild", .names = "DNS:*.wild.test"}, &authority);
    Issued address = issue({.subject = "address", .names = "IP:127.0.0.9"}, &authority);
    Issued rsa = issue({.subject = "second-rsa", .names = "DNS:second.test", .key = test::Wanted::rsa}, &authority);
    std::shared_ptr<const ServerContext> server = server_of({
        .sites = {{.hosts = {"first.test"}, .identity = identity_of({&first})},
                  {.hosts = {"second.test"}, .identity = identity_of({&second, &rsa})},
                  {.hosts = {"*.wild.test"}, .identity = identity_of({&wild})},
                  {.hosts = {"127.0.0.9"}, .identity = identity_of({&address})}},
        .certificates = nullptr,
        .ticket_keys = std::make_shared<TicketKeys>(),
    });
};

TEST_F(TlsAccept, each_name_gets_its_certificate)
{
    struct Case {
        const char* name;
        const char* presented;
    };
    const Case cases[] = {{"first.test", "CN=first"},   {"second.test", "CN=second"},  {"SECOND.test", "CN=second"},
                          {"a.wild.test", "CN=wild"},   {"a.b.wild.test", "CN=first"}, {"wild.test", "CN=first"},
                          {"unknown.test", "CN=first"}, {nullptr, "CN=first"}};
    for (const auto& row : cases) {
        const Came came = visit({*server}, {.name = row.name});
        EXPECT_TRUE(came.server && came.client) << came.why;
        EXPECT_EQ(came.presented, row.presented) << (row.name == nullptr ? "none" : row.name);
    }
}

TEST_F(TlsAccept, who_names_none_gets_the_certificate_of_the_address)
{
    const Came came = visit({.context = *server, .local = *io::Address::parse("127.0.0.9:443")}, {.name = nullptr});
    EXPECT_EQ(came.presented, "CN=address");
    EXPECT_EQ(came.outcome.server_name, "");
}

TEST_F(TlsAccept, the_kind_of_key_that_the_client_can_use)
{
    const auto with = [](const char* algorithms) {
        return [algorithms](SSL_CTX* context) { SSL_CTX_set1_sigalgs_list(context, std::string(algorithms).data()); };
    };
    EXPECT_EQ(visit({*server}, {.context = with("rsa_pss_rsae_sha256"), .name = "second.test"}).presented,
              "CN=second-rsa");
    EXPECT_EQ(visit({*server}, {.context = with("ECDSA+SHA256"), .name = "second.test"}).presented, "CN=second");
    EXPECT_EQ(visit({*server}, {.context = with("rsa_pss_rsae_sha256:ECDSA+SHA256"), .name = "second.test"}).presented,
              "CN=second");
}

struct Refused {
    const char* name;
    Visit visit;
    const char* why;   // what the client hears
    const char* said;  // in our log
};
class TlsRefuses : public TlsAccept, public testing::WithParamInterface<Refused> {};
TEST_P(TlsRefuses, and_says_why)
{
    test::Heard heard;
    const Came came = visit({.context = *server, .listener = &heard}, GetParam().visit);
    EXPECT_FALSE(came.server);
    EXPECT_FALSE(came.client);
    EXPECT_EQ(came.why, GetParam().why);
    EXPECT_NE(heard.lines.find(GetParam().said), std::string::npos) << heard.lines;
}
void offer(SSL* ssl, std::string_view protocols)
{
    SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
}
const Refused refused[] = {
    {"tls_1_0",
     {.context = [](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, TLS1_VERSION); }},
     "tlsv1 alert protocol version",
     "it offers TLS 1.0 at most"},
    {"tls_1_1",
     {.context = [](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, TLS1_1_VERSION); }},
     "tlsv1 alert protocol version",
     "it offers TLS 1.1 at most"},
    {"without_forward_secrecy",
     {.context =
          [](SSL_CTX* c) {
              SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION);
              SSL_CTX_set_cipher_list(c, "AES128-GCM-SHA256");
          }},
     "sslv3 alert handshake failure",
     "no shared cipher"},
    {"without_aead",
     {.context =
          [](SSL_CTX* c) {
              SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION);
              SSL_CTX_set_cipher_list(c, "ECDHE-ECDSA-AES128-SHA256");
          }},
     "sslv3 alert handshake failure",
     "no shared cipher"},
    {"rfc7301_s3_2_no_protocol_that_we_speak",
     {.before = [](SSL* ssl) { offer(ssl, "\x03xyz"); }},
     "tlsv1 alert no application protocol",
     "no application protocol"},
    {"rfc8737_no_challenge",
     {.before =
          [](SSL* ssl) {
              offer(ssl, "\x0a"
                         "acme-tls/1");
          }},
     "tlsv1 alert no application protocol",
     "for which there is none"},
};
INSTANTIATE_TEST_SUITE_P(, TlsRefuses, testing::ValuesIn(refused), [](auto& info) { return info.param.name; });

TEST_F(TlsAccept, a_name_without_its_certificate_yet_is_an_alert_and_a_line)
{
    const Certificates table;
    const auto waiting =
        server_of({.sites = {{.hosts = {"soon.test"}}}, .certificates = nullptr, .ticket_keys = nullptr});
    test::Heard heard;
    const Came came = visit({.context = *waiting, .certificates = &table, .listener = &heard}, {.name = "soon.test"});
    EXPECT_EQ(came.why, "tlsv1 alert internal error");
    EXPECT_EQ(came.server.error().kind, Error::not_found);
    EXPECT_NE(heard.lines.find("there is no certificate for `soon.test` yet"), std::string::npos) << heard.lines;
}

TEST_F(TlsAccept, certificates_come_and_go_while_it_serves)
{
    Certificates table;
    const auto dynamic =
        server_of({.sites = {{.hosts = {"soon.test"}}}, .certificates = nullptr, .ticket_keys = nullptr});
    EXPECT_FALSE(visit({*dynamic, &table}, {.name = "soon.test"}).client);
    table.put("soon.test", test::certificate_of(first));
    EXPECT_EQ(visit({*dynamic, &table}, {.name = "soon.test"}).presented, "CN=first");
    EXPECT_EQ(visit({*dynamic, &table}, {.name = "other.test"}).presented, "CN=first");
    table.put("soon.test", test::certificate_of(second));
    EXPECT_EQ(visit({*dynamic, &table}, {.name = "soon.test"}).presented, "CN=second");
    table.remove("soon.test");
    EXPECT_FALSE(visit({*dynamic, &table}, {.name = "soon.test"}).client);
}

TEST_F(TlsAccept, rfc8737_s3_the_challenge_is_for_who_asks_for_it)
{
    Certificates table;
    table.put_challenge("first.test", test::certificate_of(second));
    const Came came = visit({*server, &table}, {.before =
                                                    [](SSL* ssl) {
                                                        offer(ssl, "\x0a"
                                                                   "acme-tls/1");
                                                    },
                                                .name = "first.test"});
    EXPECT_EQ(came.presented, "CN=second");
    EXPECT_EQ(came.outcome.protocol, "acme-tls/1");
    // Beside other protocols it is not asked for.
    const Came both = visit({*server, &table}, {.before =
                                                    [](SSL* ssl) {
                                                        offer(ssl, "\x0a"
                                                                   "acme-tls/1\x08http/1.1");
                                                    },
                                                .name = "first.test"});
    EXPECT_EQ(both.presented, "CN=first");
    EXPECT_EQ(both.outcome.protocol, "http/1.1");
}

TEST_F(TlsAccept, the_server_orders_suites_but_for_who_prefers_chacha)
{
    const auto with = [](const char* suites) {
        return [suites](SSL_CTX* context) { SSL_CTX_set_ciphersuites(context, suites); };
    };
    EXPECT_EQ(visit({*server}, {.context = with("TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256")}).outcome.cipher,
              "TLS_AES_128_GCM_SHA256");
    EXPECT_EQ(visit({*server}, {.context = with("TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256")}).outcome.cipher,
              "TLS_CHACHA20_POLY1305_SHA256");
}

// Both halves of the records of TLS 1.3 against OpenSSL's, of each suite, and TLS 1.2.
class TlsRecords : public TlsAccept, public testing::WithParamInterface<const char*> {};
TEST_P(TlsRecords, say_back_what_they_heard)
{
    const std::string suite = GetParam();
    std::string text(100'000, '\0');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * i >> 3);
    const Came came =
        visit({*server},
              {.context =
                   [&](SSL_CTX* context) {
                       if (suite.starts_with("TLS_")) SSL_CTX_set_ciphersuites(context, suite.c_str());
                       else SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
                       if (!suite.starts_with("TLS_")) SSL_CTX_set_cipher_list(context, suite.c_str());
                   },
               .after =
                   [&](SSL* ssl) {
                       for (const std::size_t bytes : {1u, 15u, 16u, 17u, 4000u, 16383u, 16384u, 16385u, 100'000u})
                           EXPECT_EQ(echoed(ssl, text.substr(0, bytes)), text.substr(0, bytes)) << bytes;
                       if (SSL_version(ssl) != TLS1_3_VERSION) return;
                       // RFC 8446 §4.6.3, both kinds, again and again.
                       for (int i = 0; i < 6; ++i) {
                           SSL_key_update(ssl, i % 2 == 0 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
                           EXPECT_EQ(echoed(ssl, text.substr(0, 20'000)), text.substr(0, 20'000)) << i;
                       }
                   }});
    EXPECT_TRUE(came.server && came.client) << came.why;
    EXPECT_EQ(came.outcome.cipher, suite);
    EXPECT_EQ(came.why, "");
}
INSTANTIATE_TEST_SUITE_P(, TlsRecords,
                         testing::Values("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                         "TLS_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256",
                                         "ECDHE-ECDSA-CHACHA20-POLY1305"),
                         [](auto& info) {
                             std::string name = info.param;
                             std::ranges::replace(name, '-', '_');
                             return name;
                         });

TEST_F(TlsAccept, rfc6066_s4_records_as_small_as_the_client_wants_them)
{
    const std::string text(5000, 'x');
    std::size_t longest = 0;
    const Came came = visit(
        {*server}, {.before = [](SSL* ssl) { SSL_set_tlsext_max_fragment_length(ssl, TLSEXT_max_fragment_length_512); },
                    .after =
                        [&](SSL* ssl) {
                            SSL_set_msg_callback(
                                ssl, [](int sent, int, int content, const void* octets, std::size_t, SSL*, void* to) {
                                    if (sent != 0 || content != SSL3_RT_HEADER) return;
                                    const auto* head = static_cast<const unsigned char*>(octets);
                                    auto& most = *static_cast<std::size_t*>(to);
                                    most = std::max(most, static_cast<std::size_t>(head[3] << 8 | head[4]));
                                });
                            SSL_set_msg_callback_arg(ssl, &longest);
                            EXPECT_EQ(echoed(ssl, text), text);
                        }});
    EXPECT_TRUE(came.client);
    EXPECT_EQ(longest, 512u + 17);
}

// Sessions

struct Resumption {
    test::SessionHandle session;
    static int keep(SSL* ssl, SSL_SESSION* session)
    {
        static_cast<Resumption*>(SSL_get_app_data(ssl))->session.reset(session);
        return 1;
    }
    void listen(SSL_CTX* context)
    {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, keep);
    }
};

Came visit_with(const At& at, Resumption& resumption, const char* name, int version, const Issued* client = nullptr)
{
    return visit(at, {.context =
                          [&](SSL_CTX* context) {
                              resumption.listen(context);
                              SSL_CTX_set_max_proto_version(context, version);
                              if (client != nullptr)
                                  SSL_CTX_use_cert_and_key(context, client->certificate.get(), client->key.get(),
                                                           nullptr, 1);
                          },
                      .before =
                          [&](SSL* ssl) {
                              SSL_set_app_data(ssl, &resumption);
                              if (resumption.session != nullptr) SSL_set_session(ssl, resumption.session.get());
                          },
                      .after = [](SSL* ssl) { EXPECT_EQ(echoed(ssl, "hello"), "hello"); },
                      .name = name});
}

class TlsSessions : public TlsAccept, public testing::WithParamInterface<int> {};
TEST_P(TlsSessions, resume_by_tickets_at_every_context_with_the_same_keys)
{
    const auto keys = std::make_shared<TicketKeys>();
    const auto make = [&] {
        return server_of({.sites = {{.hosts = {"*"}, .identity = identity_of({&first})}},
                          .certificates = nullptr,
                          .ticket_keys = keys});
    };
    const auto one = make(), other = make();
    Resumption resumption;
    EXPECT_FALSE(visit_with({*one}, resumption, "first.test", GetParam()).outcome.is_resumed);
    ASSERT_NE(resumption.session, nullptr);
    EXPECT_TRUE(visit_with({*other}, resumption, "first.test", GetParam()).outcome.is_resumed);
    EXPECT_TRUE(visit_with({*one}, resumption, "first.test", GetParam()).outcome.is_resumed);
}

TEST_P(TlsSessions, never_skip_another_sites_question_for_a_certificate)
{
    const Issued client_authority = test::authority("clients");
    const Issued client = issue({.subject = "Ana", .usage = "clientAuth"}, &client_authority);
    auto rules = ClientRules::from_pem(client_authority.chain(), ClientRules::Verify::required);
    auto optional = ClientRules::from_pem(client_authority.chain(), ClientRules::Verify::optional);
    ASSERT_TRUE(rules && optional);
    const auto context =
        server_of({.sites = {{.hosts = {"open.test"}, .identity = identity_of({&first})},
                             {.hosts = {"closed.test"}, .identity = identity_of({&first}), .clients = *rules},
                             {.hosts = {"either.test"}, .identity = identity_of({&first}), .clients = *optional}},
                   .certificates = nullptr,
                   .ticket_keys = std::make_shared<TicketKeys>()});
    test::Heard heard;
    const At at{.context = *context, .listener = &heard};
    Resumption open;
    EXPECT_TRUE(visit_with(at, open, "open.test", GetParam()).server);
    // Without a certificate, from there.
    EXPECT_FALSE(visit(at, {.context = [&](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, GetParam()); },
                            .before = [&](SSL* ssl) { SSL_set_session(ssl, open.session.get()); },
                            .name = "closed.test"})
                     .server);
    EXPECT_NE(heard.lines.find("it sent no certificate"), std::string::npos) << heard.lines;
    // With one.
    Resumption closed;
    const Came full = visit_with(at, closed, "closed.test", GetParam(), &client);
    EXPECT_TRUE(full.server) << full.server.error().what;
    EXPECT_EQ(full.outcome.peer_subject, "CN=Ana");
    EXPECT_EQ(full.outcome.peer_digest.size(), 64u);
    EXPECT_EQ(full.outcome.client_rules, (*rules)->id());
    // Resumed it is still known who it is; elsewhere it is asked anew.
    const Came again = visit_with(at, closed, "closed.test", GetParam(), &client);
    EXPECT_TRUE(again.outcome.is_resumed);
    EXPECT_EQ(again.outcome.peer_subject, "CN=Ana");
    EXPECT_FALSE(visit_with(at, closed, "either.test", GetParam(), &client).outcome.is_resumed);
    Resumption optional_one;
    const Came nobody = visit_with(at, optional_one, "either.test", GetParam());
    EXPECT_TRUE(nobody.server);
    EXPECT_EQ(nobody.outcome.peer_subject, "");
    EXPECT_EQ(nobody.outcome.client_rules, (*optional)->id());
    EXPECT_NE((*optional)->id(), (*rules)->id());
    // One that another authority issued.
    const Issued stranger = issue({.subject = "Eve", .usage = "clientAuth"}, &authority);
    Resumption none;
    EXPECT_FALSE(visit(at, {.context =
                                [&](SSL_CTX* c) {
                                    SSL_CTX_use_cert_and_key(c, stranger.certificate.get(), stranger.key.get(), nullptr,
                                                             1);
                                },
                            .name = "either.test"})
                     .server);
}
INSTANTIATE_TEST_SUITE_P(, TlsSessions, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](auto& info) { return info.param == TLS1_3_VERSION ? "tls_1_3" : "tls_1_2"; });

TEST_F(TlsAccept, what_was_verified_is_told_to_who_listens)
{
    struct Listening final : trace::Listener {
        std::string text;
        void hear(const trace::Context&, base::Instant, const trace::Event& event) noexcept override
        {
            if (const auto* message = std::get_if<trace::TlsMessage>(&event)) {
                text += message->direction == trace::Direction::sent ? "> " : "< ";
                (text += message->name) += "\n";
                EXPECT_GT(message->octets, 0u);
            } else if (const auto* step = std::get_if<trace::TlsVerification>(&event)) {
                (((text += std::to_string(step->depth)) += " ") += step->subject) += " ";
                ((text += step->outcome) += step->is_trusted_root ? " root " : " ") += step->key_type;
                (((text += " ") += std::to_string(step->key_bits)) += " ") += step->signature;
                EXPECT_EQ(step->issuer, "CN=clients");
                EXPECT_LT(step->not_before, step->not_after);
                text += "\n";
            } else if (const auto* offer = std::get_if<trace::TlsOffer>(&event)) {
                (text += "offer ") += offer->server_name;
                for (const auto protocol : offer->protocols) (text += " ") += protocol;
                for (const auto version : offer->versions) (text += " ") += version;
                text += offer->has_session ? " again\n" : "\n";
            } else if (const auto* done = std::get_if<trace::TlsEstablished>(&event)) {
                (((text += done->version) += " ") += done->cipher) += " ";
                (((text += done->group) += " ") += done->signature) += " ";
                ((text += done->protocol) += done->is_resumed ? " resumed " : " ") += done->peer_subject;
                text += "\n";
            }
        }
    } listening;
    const Issued client_authority = test::authority("clients");
    const Issued client = issue({.subject = "Ana", .usage = "clientAuth"}, &client_authority);
    auto rules = ClientRules::from_pem(client_authority.chain(), ClientRules::Verify::required);
    const auto context = server_of({.sites = {{.hosts = {"*"}, .identity = identity_of({&first}), .clients = *rules}},
                                    .certificates = nullptr,
                                    .ticket_keys = std::make_shared<TicketKeys>()});
    visit({.context = *context, .listener = &listening}, {.context = [&](SSL_CTX* c) {
              SSL_CTX_use_cert_and_key(c, client.certificate.get(), client.key.get(), nullptr, 1);
          }});
    EXPECT_EQ(
        listening.text,
        "< ClientHello\noffer localhost TLSv1.3 TLSv1.2 TLSv1.1 TLSv1.0\n"
        "> ServerHello\n> ChangeCipherSpec\n> EncryptedExtensions\n> CertificateRequest\n> Certificate\n"
        "> CertificateVerify\n> Finished\n< Certificate\n"
        "1 CN=clients ok root EC prime256v1 256 ecdsa-with-SHA256\n"
        "0 CN=Ana ok EC prime256v1 256 ecdsa-with-SHA256\n"
        "< CertificateVerify\n< Finished\n> NewSessionTicket\n"
        "TLSv1.3 TLS_AES_128_GCM_SHA256 x25519 ecdsa_secp256r1_sha256  CN=Ana\n"
        "< close notify\n> close notify\n");
}

// Without OpenSSL on the other side.

TEST_F(TlsAccept, plain_http_gets_an_answer_in_plain)
{
    test::Heard heard;
    auto pair = io::tcp_pair();
    io::tell(pair.theirs, "GET / HTTP/1.1\r\nHost: first.test\r\n\r\n");
    ::shutdown(pair.theirs.get(), SHUT_WR);
    Came came;
    io::run(test::receive_visit, came, std::move(pair.ours), *server, nullptr, io::Address{}, &heard);
    EXPECT_EQ(came.server.error().kind, Error::malformed);
    char into[64] = {};
    EXPECT_EQ(::recv(pair.theirs.get(), into, sizeof into, 0), 6);
    EXPECT_STREQ(into, "plain\n");
    EXPECT_NE(heard.lines.find("it speaks HTTP without TLS"), std::string::npos);
}

TEST_F(TlsAccept, a_handshake_that_takes_too_long_ends)
{
    test::Heard heard;
    for (const std::string_view begin : {std::string_view(), std::string_view("\x16\x03\x01", 3)}) {
        auto pair = io::tcp_pair();
        if (!begin.empty()) io::tell(pair.theirs, begin);
        Result<void> came;
        io::run(
            [](io::Descriptor socket, const ServerContext& context, trace::Listener* listener,
               Result<void>& to) -> io::Task<void> {
                io::TcpStream below(std::move(socket));
                Stream stream(below);
                const Arrival arrival{.context = context, .limit = std::chrono::milliseconds(50), .trace = {.listener = listener}};
                auto done = co_await accept(stream, arrival);
                to = done;
            },
            std::move(pair.ours), *server, &heard, came);
        ASSERT_FALSE(came);
        EXPECT_EQ(came.error().kind, Error::timed_out);
    }
    EXPECT_NE(heard.lines.find("the handshake took too long (`tls-handshake`)"), std::string::npos) << heard.lines;
}

}  // namespace
}  // namespace cais::tls
