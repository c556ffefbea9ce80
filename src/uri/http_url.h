// An absolute http or https URL, as a client asks for it: RFC 9110 §4.2, RFC 3986 §3. What people type and pages say is
// read by url.h, and becomes one of these.
#pragma once
#include "base/result.h"
#include "uri/url.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cais::uri {

struct HttpUrl {
    bool is_secure = false;
    std::string host;  // lower case; an IPv6 address without brackets
    std::uint16_t port = 0;
    std::string authority;  // as Host has it: brackets, and the port where it is not the scheme's own
    std::string target;     // path and query, "/" at least, without the fragment

    // Errors    malformed: no http or https URL; user information, which RFC 9110 §4.2.4 has a recipient take for an
    //           error; port 0, an octet that must be percent-encoded.
    [[nodiscard]] static Result<HttpUrl> parse(std::string_view text);

    // What is asked for where `url` is meant; its fragment stays with us.
    // Errors    unsupported: no http or https URL. malformed: user information (who takes it as credentials, clears it
    //           before), port 0, a host that the URL standard takes and RFC 3986 §3.2.2 does not.
    [[nodiscard]] static Result<HttpUrl> of(const Url& url);

    // "https://example.com:8443/a?b".
    [[nodiscard]] std::string text() const;

    bool operator==(const HttpUrl&) const = default;
};

}  // namespace cais::uri
