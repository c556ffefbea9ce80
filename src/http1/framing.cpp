#include "http1/framing.h"

#include "http/list.h"

namespace cais::http1 {
namespace {

// Why a Transfer-Encoding that is not just "chunked" is not taken.
std::unexpected<Error> refused_codings(const http::Fields::Values& codings)
{
    std::size_t members = 0;
    std::size_t times_chunked = 0;
    bool last_is_chunked = false;
    http::for_each_member(codings, [&](std::string_view coding) {
        last_is_chunked = base::equals_ignoring_case(coding, "chunked");
        times_chunked += last_is_chunked ? 1 : 0;
        ++members;
    });
    if (!last_is_chunked) return fail(Error::malformed, "chunked is not the last transfer coding", "RFC 9112 §6.3");
    if (times_chunked > 1) return fail(Error::malformed, "chunked is applied twice", "RFC 9112 §6.1");
    if (members == 1) return fail(Error::malformed, "an empty member in Transfer-Encoding", "RFC 9112 §6.1");
    return fail(Error::unsupported, "a transfer coding other than chunked", "RFC 9112 §6.1");
}

// Rules 3 to 6: what the fields say; where they say nothing, it is `otherwise`.
Result<Framing> framing_by_fields(http::Version version, const http::Fields& fields, Framing otherwise)
{
    using http::Name;
    const auto codings = fields.all(Name::transfer_encoding);
    const auto lengths = fields.all(Name::content_length);
    // 3. Both fields. Stricter: a server may drop Content-Length, and a client may go on with the coding; we refuse,
    //    because no honest sender writes both, and a proxy between that believed the other one has just been smuggled
    //    past.
    if (codings && lengths) return fail(Error::malformed, "both Content-Length and Transfer-Encoding", "RFC 9112 §6.3");
    // 4. A transfer coding. Stricter: in a list empty members count for nothing (RFC 9110 §5.6.1.2); here they are
    //    refused, since a proxy between that does not know ",chunked" for chunked finds another end than we do. And a
    //    response that is not chunked at the end would be read until the connection closes; but we never say in TE that
    //    we take any other coding.
    if (codings) {
        if (version == http::Version::http_1_0)
            return fail(Error::malformed, "Transfer-Encoding in HTTP/1.0", "RFC 9112 §6.1");
        const bool is_chunked = codings.size() == 1 && base::equals_ignoring_case(codings.front(), "chunked");
        if (!is_chunked) return refused_codings(codings);
        return Framing{Framing::chunked};
    }
    // 5, 6. A length. Stricter: rule 5 lets equal repeats count as one; we refuse them, for the reason given at 3.
    if (lengths) {
        if (lengths.size() != 1) return fail(Error::malformed, "more than one Content-Length", "RFC 9112 §6.3");
        const auto bytes = base::parse_decimal(lengths.front());
        if (!bytes) return fail(Error::malformed, "Content-Length is not a number", "RFC 9110 §8.6");
        return Framing{Framing::length, *bytes};
    }
    return otherwise;
}

}  // namespace

// RFC 9112 §6.3, rule by rule; rules 1, 2 and 8 are for responses.
Result<Framing> request_framing(http::Version version, const http::Fields& fields)
{
    return framing_by_fields(version, fields, Framing{Framing::none});  // 3 to 6; 7.
}

// RFC 9112 §6.3, rule by rule.
Result<Framing> received_framing(std::string_view method, http::Status status, http::Version version,
                                 const http::Fields& fields)
{
    // 1. Whatever its fields say: they are those of an answer to GET, or an error of the sender's.
    if (method == "HEAD" || !http::may_have_content(status)) return Framing{Framing::none};
    // 2. A tunnel.
    if (method == "CONNECT" && http::is_successful(status)) return Framing{Framing::none};
    return framing_by_fields(version, fields, Framing{Framing::close});  // 3 to 6; 7 is for requests; 8.
}

}  // namespace cais::http1
