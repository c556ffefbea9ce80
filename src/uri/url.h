// URLs as browsers read and write them: the WHATWG URL standard. For what people type and pages say; what HTTP's own
// grammar allows on the wire is authority.h, http_url.h and http/target.h, and is stricter.
// All text is octets: input is UTF-8, of which broken sequences count as U+FFFD; every member is ASCII.
// Not done: the encodings of old pages (a query is UTF-8 whatever the page was), and URLSearchParams.
#pragma once
#include "base/result.h"
#include "uri/host.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cais::uri {

struct Url {
    // What parse() takes at most, in octets; encoded it may become three times as long.
    static constexpr std::size_t most_octets = 16 * 1024 * 1024;

    std::string scheme = {};  // lower case, without ":"
    std::string username = {};
    std::string password = {};
    std::optional<Host> host = {};
    std::optional<std::uint16_t> port = {};    // empty: none, or the scheme's own
    bool has_opaque_path = false;              // "mailto:a@b", "data:,a": the path is no list of segments
    std::string path = {};                     // otherwise each segment with a "/" before it; empty: no segment
    std::optional<std::string> query = {};     // without "?"
    std::optional<std::string> fragment = {};  // without "#"

    // WHATWG URL §4.4, basic URL parser. Leading and trailing spaces and controls, and all tabs and line ends, are left
    // out; `base` is what a relative URL is relative to.
    // Errors    malformed: it is no URL, relative without a base, a host that is none, a port above 65535; too_large.
    // Cost      one pass and a copy; where the host is not ASCII, idna.h's.
    [[nodiscard]] static Result<Url> parse(std::string_view text, const Url* base = nullptr);

    // §4.5, URL serializer ("href"). What it gives is parsed to an equal Url.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::string text_without_fragment() const;

    // §4.7: "https://example.com:8443"; "null" where it is opaque, which is equal to no other.
    [[nodiscard]] std::string origin() const;

    [[nodiscard]] bool is_special() const noexcept;
    [[nodiscard]] bool has_credentials() const noexcept { return !username.empty() || !password.empty(); }
    // The port, or the scheme's own; empty where neither is known.
    [[nodiscard]] std::optional<std::uint16_t> port_or_default() const noexcept;
    // What stands in front of the query in a request: path and query. Empty path: "/".
    [[nodiscard]] std::string path_and_query() const;

    bool operator==(const Url&) const = default;
};

// §4.2: ftp, file, http, https, ws and wss, which have a host and whose "\" is a "/".
[[nodiscard]] bool is_special_scheme(std::string_view scheme) noexcept;
[[nodiscard]] std::optional<std::uint16_t> default_port(std::string_view scheme) noexcept;

}  // namespace cais::uri
