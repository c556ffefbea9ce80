#include "http1/request_head.h"

#include "base/text.h"
#include "http1/response_head.h"
#include "http1/scan.h"
#include "uri/authority.h"

namespace cais::http1 {
namespace {

using http::Name;

bool is_ours(Name name)
{
    return name == Name::connection || name == Name::transfer_encoding || name == Name::content_length ||
           name == Name::keep_alive || name == Name::proxy_connection || name == Name::host;
}

// With these a sender that has no content says so, since a server expects some.
bool brings_content(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

}  // namespace

Framing outgoing_framing(const http::OutgoingRequest& request)
{
    const auto length = request.body.length();
    if (!length) return Framing{Framing::chunked};
    if (*length == 0 && !brings_content(request.method)) return Framing{Framing::none};
    return Framing{Framing::length, *length};
}

Result<std::string> write_request_head(const http::OutgoingRequest& request, const Framing& framing)
{
    if (!http::is_token(request.method)) return fail(Error::malformed, "the method is no token", "RFC 9110 §9.1");
    if (request.target.empty() || !is_visible(request.target))
        return fail(Error::malformed, "the target is empty or has an octet that must be percent-encoded",
                    "RFC 9112 §3.2");
    if (!uri::parse_authority(request.authority))
        return fail(Error::malformed, "the host is none that can be asked", "RFC 9110 §7.2");

    std::string head;
    head.reserve(512);
    head.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(request.authority).append("\r\n");  // first: RFC 9110 §7.2
    std::string connection = request.close ? "close" : "";
    for (const auto& line : request.fields) {
        if (!is_sendable(line)) return fail(Error::malformed, "a field that cannot be sent as it is", "RFC 9110 §5.5");
        if (is_ours(line.known)) continue;
        if (line.known == Name::upgrade || line.known == Name::te)
            (connection += connection.empty() ? "" : ", ") += line.known == Name::te ? "TE" : "upgrade";
        head.append(line.name()).append(": ").append(line.value()).append("\r\n");
    }
    if (!connection.empty()) head.append("Connection: ").append(connection).append("\r\n");
    if (framing.kind == Framing::chunked) head += "Transfer-Encoding: chunked\r\n";
    if (framing.kind == Framing::length) {
        head += "Content-Length: ";
        base::append_decimal(head, framing.bytes);
        head += "\r\n";
    }
    head += "\r\n";
    return head;
}

}  // namespace cais::http1
