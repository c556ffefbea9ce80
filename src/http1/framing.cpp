#include "http1/framing.h"

#include "http/list.h"

namespace cais::http1 {

// RFC 9112 §6.3, rule by rule; rules 1, 2 and 8 are for responses.
Result<Framing> request_framing(http::Version version, const http::Fields& fields)
{
    using http::Name;
    const auto codings = fields.all(Name::transfer_encoding);
    const auto lengths = fields.all(Name::content_length);
    // 3. Both fields. Stricter: a server may drop Content-Length; we refuse, because no honest sender writes both, and a
    //    proxy before us that believed the other one has just been smuggled past.
    if (codings && lengths) return fail(Error::malformed, "both Content-Length and Transfer-Encoding", "RFC 9112 §6.3");
    // 4. A transfer coding.
    if (codings) {
        if (version == http::Version::http_1_0)
            return fail(Error::malformed, "Transfer-Encoding in HTTP/1.0", "RFC 9112 §6.1");
        std::size_t members = 0;
        bool last_is_chunked = false;
        bool chunked_before = false;
        http::for_each_member(codings, [&](std::string_view coding) {
            chunked_before = chunked_before || last_is_chunked;
            last_is_chunked = base::equals_ignoring_case(coding, "chunked");
            ++members;
        });
        if (chunked_before) return fail(Error::malformed, "chunked is applied twice, or is not the last coding", "RFC 9112 §6.1");
        if (members == 0) return fail(Error::malformed, "Transfer-Encoding is empty", "RFC 9112 §6.1");
        if (members > 1 || !last_is_chunked)
            return fail(Error::unsupported, "a transfer coding other than chunked", "RFC 9112 §6.1");
        return Framing{Framing::chunked};
    }
    // 5, 6. A length. Stricter: rule 5 lets equal repeats count as one; we refuse them, for the reason given at 3.
    if (lengths) {
        if (lengths.size() != 1) return fail(Error::malformed, "more than one Content-Length", "RFC 9112 §6.3");
        const auto bytes = base::parse_decimal(lengths.front());
        if (!bytes) return fail(Error::malformed, "Content-Length is not a number", "RFC 9110 §8.6");
        return Framing{Framing::length, *bytes};
    }
    return Framing{Framing::none};  // 7.
}

}  // namespace cais::http1
