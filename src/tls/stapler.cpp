#include "tls/stapler.h"

#include "tls/openssl.h"
#include "trace/log.h"

#include <algorithm>
#include <ctime>
#include <openssl/ocsp.h>

namespace cais::tls {
namespace {

constexpr auto look_interval = std::chrono::minutes(1);
constexpr auto first_retry = std::chrono::minutes(1);
constexpr auto longest_retry = std::chrono::hours(1);
constexpr auto soonest = std::chrono::minutes(1);
constexpr auto longest = std::chrono::hours(24);  // even where an answer holds longer
constexpr long clocks_differ = 300;               // seconds

using RequestHandle = std::unique_ptr<OCSP_REQUEST, Freed<OCSP_REQUEST_free>>;
using ResponseHandle = std::unique_ptr<OCSP_RESPONSE, Freed<OCSP_RESPONSE_free>>;
using BasicHandle = std::unique_ptr<OCSP_BASICRESP, Freed<OCSP_BASICRESP_free>>;
using IdHandle = std::unique_ptr<OCSP_CERTID, Freed<OCSP_CERTID_free>>;

X509* issuer_of(const Certificate& certificate)
{
    STACK_OF(X509)* const chain = certificate.intermediates();
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        X509* const candidate = sk_X509_value(chain, i);
        if (X509_check_issued(candidate, certificate.leaf()) == X509_V_OK) return candidate;
    }
    return nullptr;
}

// By SHA-1, which is what responders know; nothing rests on its strength (RFC 6960 §4.1.1).
IdHandle id_of(const Certificate& certificate)
{
    X509* const issuer = issuer_of(certificate);
    return IdHandle(issuer == nullptr ? nullptr : OCSP_cert_to_id(nullptr, certificate.leaf(), issuer));
}

base::Seconds time_of(const ASN1_GENERALIZEDTIME* time)
{
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return base::Seconds(std::chrono::seconds(::timegm(&parts)));
}

// Signed by the issuer itself, or by somebody whose certificate the issuer signed for that purpose.
bool is_signed_for(OCSP_BASICRESP* basic, const Certificate& certificate)
{
    const StoreHandle trusted(X509_STORE_new());
    X509_STORE_set_flags(trusted.get(), X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_add_cert(trusted.get(), issuer_of(certificate));
    return OCSP_basic_verify(basic, certificate.intermediates(), trusted.get(), 0) == 1;
}

}  // namespace

Result<std::string> ocsp_request(const Certificate& certificate)
{
    if (certificate.responder().empty()) return fail(Error::not_found, "the certificate names no responder");
    IdHandle id = id_of(certificate);
    if (id == nullptr) return fail(Error::not_found, "its chain has no certificate of its issuer");
    const RequestHandle request(OCSP_REQUEST_new());
    // Not done: a nonce (RFC 8954), since big responders answer what they made in advance.
    if (request == nullptr || OCSP_request_add0_id(request.get(), id.get()) == nullptr)
        return fail_openssl(Error::failed, "make an OCSP request");
    static_cast<void>(id.release());
    unsigned char* octets = nullptr;
    const int length = i2d_OCSP_REQUEST(request.get(), &octets);
    if (length <= 0) return fail_openssl(Error::failed, "make an OCSP request");
    std::string der(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(length));
    OPENSSL_free(octets);
    return der;
}

Result<OcspAnswer> read_ocsp_response(const Certificate& certificate, std::string_view octets)
{
    if (octets.size() > most_staple_octets) return fail(Error::malformed, "an OCSP response of more than 64 KiB");
    const auto* at = reinterpret_cast<const unsigned char*>(octets.data());
    const ResponseHandle response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(octets.size())));
    if (response == nullptr) return fail_openssl(Error::malformed, "no OCSP response");
    const int status = OCSP_response_status(response.get());
    if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        return fail(Error::failed, OCSP_response_status_str(status), "RFC 6960 §4.2.1");
    const BasicHandle basic(OCSP_response_get1_basic(response.get()));
    if (basic == nullptr) return fail_openssl(Error::malformed, "an OCSP response of another kind");
    const IdHandle id = id_of(certificate);
    if (id == nullptr) return fail(Error::malformed, "the certificate's issuer is not known");
    if (!is_signed_for(basic.get(), certificate))
        return fail_openssl(Error::denied, "an OCSP response that the issuer did not sign");

    int what = 0;
    int reason = 0;
    ASN1_GENERALIZEDTIME* revoked = nullptr;
    ASN1_GENERALIZEDTIME* from = nullptr;
    ASN1_GENERALIZEDTIME* until = nullptr;
    if (OCSP_resp_find_status(basic.get(), id.get(), &what, &reason, &revoked, &from, &until) != 1)
        return fail_openssl(Error::malformed, "an OCSP response for another certificate");
    if (OCSP_check_validity(from, until, clocks_differ, -1) != 1)
        return fail_openssl(Error::denied, "an OCSP response that is not of this time");
    // Stricter: without nextUpdate (§4.2.2.1) newer information is there at any time, and nothing would be worth
    // keeping.
    if (until == nullptr) return fail(Error::malformed, "an OCSP response without nextUpdate");
    const auto said = what == V_OCSP_CERTSTATUS_GOOD      ? OcspAnswer::good
                      : what == V_OCSP_CERTSTATUS_REVOKED ? OcspAnswer::revoked
                                                          : OcspAnswer::unknown;
    return OcspAnswer{said, time_of(from), time_of(until)};
}

io::Task<void> Stapler::keep(List list, void* list_context)
{
    for (;;) {
        has_changed_.clear();
        const auto wanted = list(list_context);
        std::erase_if(states_, [&](const auto& state) {
            return std::ranges::none_of(wanted,
                                        [&](const auto& certificate) { return certificate->digest() == state.first; });
        });
        for (const auto& certificate : wanted) {
            if (certificate->responder().empty() || issuer_of(*certificate) == nullptr) continue;
            State& state = states_[certificate->digest()];
            // After a reload it may be another object with the same octets, which knows nothing yet.
            if (state.certificate != certificate) {
                if (state.certificate != nullptr) certificate->staple(state.certificate->staple());
                state.certificate = certificate;
            }
        }
        for (auto& [digest, state] : states_) {
            if (state.next > base::wall_now()) continue;
            co_await renew(state);
        }
        auto changed = co_await has_changed_.wait(look_interval);
        if (!changed && changed.error().kind == Error::cancelled) co_return;
    }
}

io::Task<void> Stapler::renew(State& state)
{
    auto request = ocsp_request(*state.certificate);
    if (!request) {
        state.next = base::wall_now() + longest;
        co_return;
    }
    auto response = co_await fetch_(context_, state.certificate->responder(), std::move(*request));
    if (!response && response.error().kind == Error::cancelled) co_return;
    note(state, response);
}

void Stapler::note(State& state, const Result<std::string>& response)
{
    const base::WallTime now = base::wall_now();
    Result<OcspAnswer> answer = response ? read_ocsp_response(*state.certificate, *response)
                                         : Result<OcspAnswer>(std::unexpected(response.error()));
    if (answer && answer->status == OcspAnswer::unknown) answer = fail(Error::failed, "the responder does not know it");
    if (!answer) {
        state.next = now + state.retry;
        state.retry = std::min<base::Duration>(state.retry * 2, longest_retry);
        trace::log(trace::Level::warning, trace::Key{"OCSP failed"},
                   "asking " + state.certificate->responder() + " about the certificate of " +
                       state.certificate->subject() + ": " + base::describe(answer.error()) +
                       "; nothing new is stapled");
        return;
    }
    state.retry = first_retry;
    if (answer->status == OcspAnswer::revoked)
        trace::log(trace::Level::error, "the certificate of " + state.certificate->subject() + " was revoked, says " +
                                            state.certificate->responder() + "; get another one");
    state.certificate->staple(std::make_shared<const Staple>(Staple{*response, answer->next_update}));
    const base::Duration half = (base::WallTime(answer->next_update) - now) / 2;
    state.next = now + std::clamp<base::Duration>(half, soonest, longest);
}

}  // namespace cais::tls
