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

}  // namespace

io::Task<Result<void>> connect(Stream& stream, const Destination& destination)
{
    Handshake handshake(stream, nullptr, destination.trace);
    auto done = handshake.start(destination.context.get());
    if (done && (destination.host.empty() || !expect(handshake.ssl(), destination.host)))
        done = fail_openssl(Error::malformed, "the server's name is none");
    if (done) {
        auto ran = co_await handshake.run(destination.limit);
        done = ran;
    }
    const trace::Context& trace = destination.trace;
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
