// A client that is OpenSSL alone, on a thread and a blocking socket, and a server of ours that says back what it hears.
#pragma once
#include "../io/running.h"
#include "issuing.h"
#include "tls/accept.h"

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace cais::tls::test {

using SslHandle = std::unique_ptr<SSL, Freed<SSL_free>>;
using ContextHandle = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using SessionHandle = std::unique_ptr<SSL_SESSION, Freed<SSL_SESSION_free>>;

inline std::shared_ptr<const Certificate> certificate_of(const Issued& issued, std::string_view above = {})
{
    auto made = Certificate::from_pem(issued.chain() + std::string(above), issued.key_text());
    EXPECT_TRUE(made) << made.error().what;
    return made ? *made : nullptr;
}

inline std::shared_ptr<const Identity> identity_of(std::initializer_list<const Issued*> all)
{
    auto identity = std::make_shared<Identity>();
    for (const Issued* issued : all) identity->certificates.push_back(certificate_of(*issued));
    return identity;
}

inline std::shared_ptr<const ServerContext> server_of(ServerSettings settings)
{
    auto made = ServerContext::make(std::move(settings));
    EXPECT_TRUE(made) << made.error().what;
    return made ? *made : nullptr;
}

// What is said meanwhile; the log itself says lines that are alike once a second.
class Heard final : public trace::Listener {
public:
    std::string lines;

private:
    void hear(const trace::Context&, base::Instant, const trace::Event& event) noexcept override
    {
        if (const auto* failure = std::get_if<trace::TlsFailure>(&event)) (lines += failure->why) += '\n';
    }
};

struct Visit {
    std::function<void(SSL_CTX*)> context = [](SSL_CTX*) {};
    std::function<void(SSL*)> before = [](SSL*) {};
    std::function<void(SSL*)> after = [](SSL*) {};  // once shaken hands
    const char* name = "localhost";                 // null: no SNI
};

struct Came {
    Result<void> server = fail(Error::failed, "not tried");
    Outcome outcome;
    bool client = false;
    std::string why;        // the client's error
    std::string presented;  // the subject of the server's certificate
};

inline io::Task<void> say_back(io::Stream& stream)
{
    std::string text;
    char into[5000];
    for (;;) {
        const auto progress = stream.try_read(into);
        if (progress.state == io::Progress::blocked) {
            auto ready = co_await stream.ready(io::Stream::For::reading, io::long_enough);
            if (!ready) co_return;
            continue;
        }
        if (progress.state != io::Progress::done) break;
        std::string_view rest(into, progress.bytes);
        while (!rest.empty()) {
            const auto sent = stream.try_write({&rest, 1}, io::More::no);
            if (sent.state == io::Progress::done) rest.remove_prefix(sent.bytes);
            else if (sent.state == io::Progress::failed) co_return;
            else {
                auto ready = co_await stream.ready(io::Stream::For::writing, io::long_enough);
                if (!ready) co_return;
            }
        }
    }
    stream.shut_down();
}

inline io::Task<void> receive_visit(Came& came, io::Descriptor socket, const ServerContext& context,
                                    Certificates::Reader* certificates, io::Address local, trace::Listener* listener)
{
    io::TcpStream below(std::move(socket));
    Stream stream(below);
    const Arrival arrival{.context = context,
                          .certificates = certificates,
                          .local = local,
                          .plain_answer = [] { return std::string("plain\n"); },
                          .trace = {.listener = listener, .side = trace::Side::server}};
    auto done = co_await accept(stream, arrival);
    came.server = done;
    if (!done) co_return;
    came.outcome = stream.outcome();
    co_await say_back(stream);
}

struct At {
    const ServerContext& context;
    const Certificates* certificates = nullptr;
    io::Address local = {};
    trace::Listener* listener = nullptr;
};

// `after` may read and write; what is left is closed.
inline Came visit(const At& at, const Visit& visit)
{
    Came came;
    auto pair = io::tcp_pair();
    ::fcntl(pair.theirs.get(), F_SETFL, 0);
    const int on = 1;
    ::setsockopt(pair.theirs.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::thread client([&came, &visit, socket = std::move(pair.theirs)]() mutable {
        const ContextHandle context(SSL_CTX_new(TLS_client_method()));
        SSL_CTX_set_security_level(context.get(), 0);
        SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
        visit.context(context.get());
        const SslHandle ssl(SSL_new(context.get()));
        SSL_set_fd(ssl.get(), socket.get());
        if (visit.name != nullptr) SSL_set_tlsext_host_name(ssl.get(), visit.name);
        visit.before(ssl.get());
        came.client = SSL_connect(ssl.get()) == 1;
        if (!came.client) {
            const char* reason = ERR_reason_error_string(ERR_peek_error());
            came.why = reason == nullptr ? "" : reason;
            ERR_clear_error();
            return;
        }
        if (const X509* certificate = SSL_get0_peer_certificate(ssl.get()))
            came.presented = text_of(X509_get_subject_name(certificate));
        visit.after(ssl.get());
        // With TLS 1.3 a refusal of our certificate shows in the first read.
        SSL_shutdown(ssl.get());
        char into[64];
        if (SSL_read(ssl.get(), into, sizeof into) <= 0 && SSL_get_error(ssl.get(), 0) == SSL_ERROR_SSL) {
            const char* reason = ERR_reason_error_string(ERR_peek_error());
            came.why = reason == nullptr ? "" : reason;
        }
        ERR_clear_error();
    });
    std::optional<Certificates::Reader> reader;
    if (at.certificates != nullptr) reader.emplace(*at.certificates);
    io::run(receive_visit, came, std::move(pair.ours), at.context, reader ? &*reader : nullptr, at.local, at.listener);
    client.join();
    return came;
}

// Says `text` and hears it said back.
inline std::string echoed(SSL* ssl, const std::string& text)
{
    EXPECT_EQ(SSL_write(ssl, text.data(), static_cast<int>(text.size())), static_cast<int>(text.size()));
    std::string got;
    char into[4096];
    while (got.size() < text.size()) {
        const int bytes = SSL_read(ssl, into, sizeof into);
        if (bytes <= 0) {
            ADD_FAILURE() << "read " << got.size() << " of " << text.size() << ": "
                          << ERR_reason_error_string(ERR_peek_error());
            break;
        }
        got.append(into, static_cast<std::size_t>(bytes));
    }
    return got;
}

}  // namespace cais::tls::test
