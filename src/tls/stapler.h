// Stapler: what responders of authorities say of our certificates (OCSP, RFC 6960), fetched in the background and
// stapled in handshakes (RFC 6066 §8). Most certificates name no responder by now; those cost nothing.
//
// | what the responder does                              | what is stapled | |
// ---------------------------------------------------- | -------------------------------------------------------------
// | | says good, signed by the issuer or whom it appointed | that, until the answer's nextUpdate; fetched anew at its
// half | | says revoked                                         | that: a client that asks is to know; the log says so
// | | says unknown, does not answer, answers something else | the last good one while it holds, else nothing |
//
// No handshake ever waits for it. A failure is tried again after a minute, then twice that, up to an hour.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "io/loop.h"
#include "io/task.h"
#include "tls/certificates.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace cais::tls {

inline constexpr std::size_t most_staple_octets = std::size_t{64} << 10;

// The DER of an OCSPRequest for a certificate whose issuer is the next one in its chain (RFC 6960 §4.1).
// Errors    not_found: the chain has no issuer, or the certificate names no responder.
[[nodiscard]] Result<std::string> ocsp_request(const Certificate& certificate);

// Looks at the DER of an OCSPResponse for that certificate.
struct OcspAnswer {
    enum Status : std::uint8_t { good, revoked, unknown } status;
    base::Seconds this_update;
    base::Seconds next_update;
};
// Errors    malformed: it is none, or of another certificate; denied: not signed by the issuer or somebody appointed by
//           it (§4.2.2.2), or not of this time; failed: the responder says that it cannot answer (§4.2.1).
[[nodiscard]] Result<OcspAnswer> read_ocsp_response(const Certificate& certificate, std::string_view octets);

class Stapler {
public:
    // How a request gets to a responder: a POST of `request` as application/ocsp-request to `url`; gives the content of
    // a 200, at most most_staple_octets. It has its own limits. What knows HTTP is above this folder.
    using Fetch = io::Task<Result<std::string>> (*)(void* context, std::string url, std::string request);

    Stapler(Fetch fetch, void* context) noexcept
        : fetch_(fetch)
        , context_(context)
    {
    }

    // Cares for the certificates that `list` gives, which is asked once a minute, until it is cancelled. One request at
    // a time. Everything outlives it.
    using List = std::vector<std::shared_ptr<const Certificate>> (*)(void* context);
    [[nodiscard]] io::Task<void> keep(List list, void* list_context);
    // The list has changed: it is asked now. The loop's that keeps, or before it runs.
    void look_again() noexcept { has_changed_.set(); }

private:
    struct State {
        std::shared_ptr<const Certificate> certificate;
        base::WallTime next{};
        base::Duration retry = std::chrono::minutes(1);
    };
    [[nodiscard]] io::Task<void> renew(State& state);
    void note(State& state, const Result<std::string>& response);

    Fetch fetch_;
    void* context_;
    io::Event has_changed_;
    std::map<std::string, State> states_;  // by the certificate's digest
};

}  // namespace cais::tls
