#include "tls/connect.h"

#include "io/address.h"
#include "tls/handshake.h"
#include "tls/handshake_events.h"
#include "tls/openssl.h"

#include <openssl/x509v3.h>

#include <arpa/inet.h>

namespace cais::tls {
namespace {

bool is_address(const std::string& host)
{
    unsigned char octets[16];
    return ::inet_pton(AF_INET, host.c_str(), octets) == 1 || ::inet_pton(AF_INET6, host.c_str(), octets) == 1;
}

// Whom the certificate must name, and who is asked for: an address is not (RFC 6066 §3).
bool expect(SSL* ssl, const std::string& host)
{
    if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

void tell_trust(const trace::Context& trace, const ClientContext& context)
{
    const Trust& trust = context.trust();
    trace.say(trace::TlsTrust{trust.source, trust.file, trust.folder, context.verifies()});
}

}  // namespace

io::Task<Result<void>> connect(Stream& stream, const Destination& destination)
{
    const trace::Context& trace = destination.trace;
    Handshake handshake(stream, nullptr, trace);
    auto done = handshake.start(destination.context.get());
    if (done && (destination.host.empty() || !expect(handshake.ssl(), destination.host)))
        done = fail_openssl(Error::malformed, "the server's name is none");
    if (done) {
        SSL* const ssl = handshake.ssl();
        // Verified all the same, so that it can be told what came of it; the handshake goes on whatever that is.
        if (!destination.context.verifies()) SSL_set_verify(ssl, SSL_VERIFY_NONE, SSL_get_verify_callback(ssl));
        if (destination.sessions != nullptr)
            destination.sessions->use(ssl, destination.host + ":" + std::to_string(destination.port));
        if (trace) tell_trust(trace, destination.context);
        auto ran = co_await handshake.run(destination.limit);
        done = ran;
    }
    if (trace && handshake.ssl() != nullptr) tell_verdict(trace, handshake.ssl(), destination.host);
    if (trace && !done && done.error().kind != Error::cancelled) {
        const std::string why = base::describe(done.error());
        trace.say(trace::TlsFailure{why});
    }
    if (done) handshake.finish();
    else handshake.abandon();
    co_return done;
}

}  // namespace cais::tls
