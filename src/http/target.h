// The target of a request: RFC 9112 §3.2, and with it the one path that everybody after it sees. The path is decoded
// here, once; what could be read in two ways is refused here, so that no spelling of a path reaches a module past the
// wrapper that guards another.
#pragma once
#include "base/arena.h"
#include "base/result.h"
#include "http/method.h"

#include <cstdint>
#include <string_view>

namespace cais::http {

struct Target {
    enum Form : std::uint8_t {
        origin,      // "/path?query"
        absolute,    // "http://host/path?query"; its authority counts, not Host (RFC 9112 §3.2.2)
        authority_,  // "host:port", for CONNECT alone
        asterisk,    // "*", for OPTIONS alone; also OPTIONS to an absolute form without a path (§3.2.4)
    };
    Form form = origin;
    bool has_query = false;           // "/a?" has one, an empty one; "/a" has none
    bool has_empty_segment = false;   // "//" is in the path
    std::string_view scheme = {};     // as written, any case: "http" or "https"; empty unless the form was absolute
    std::string_view authority = {};  // as written, valid for uri::parse_authority; empty where there was none
    std::string_view raw_path = {};   // as sent; "/" for "http://host", "*" for asterisk, empty for CONNECT
    std::string_view path = {};       // decoded: begins with "/" for origin and absolute, else as raw_path
    std::string_view query = {};      // as sent, without "?": its escapes are for whoever reads it
};

// Takes a target apart. `method` says which forms may be there.
//
// Every visible ASCII octet but "#" is taken. Looser: RFC 3986 knows no raw [ ] { } | ^ ` " < > \ in path or query, and
// browsers send them (tests: Rfc9112Target.looser_*).
// The decoded path
// - has no segment "." or "..", however spelled. Stricter: RFC 3986 §5.2.4 would remove them; a client has done that
//   before it sends, and what is left is an attempt to leave somewhere. A backslash counts as a separator for this
//   question alone, since what we pass a path on to may take it for one; otherwise it is an octet like any other;
// - has no %2F. Stricter: a slash that does not separate cannot be told from one that does once decoded;
// - has no NUL, no other control (%00 to %1F, %7F) and is UTF-8. Stricter: RFC 3986 §2.5 only recommends it;
// - keeps its empty segments: "/a//b" is not "/a/b". That there are some is said, for who chooses by the path.
//
// Borrows   `raw`, as long as the result. Where there is no "%" `path` is a view of it too, otherwise it is in `arena`.
// Errors    malformed (400): the form does not fit the method, an octet that no target has, a scheme other than http
// and
//           https, a bad authority, any of the above.
// Cost      one pass; for a path with an escape one copy and a second pass. How long a target may be is the reader's
// limit.
[[nodiscard]] Result<Target> parse_target(Method method, std::string_view raw [[clang::lifetimebound]],
                                          base::Arena& arena [[clang::lifetimebound]]);

// Whether `value` may stand in Host: host and port, or nothing at all, which a client sends where its target has no
// authority (RFC 9110 §7.2).
[[nodiscard]] bool valid_host(std::string_view value) noexcept;

}  // namespace cais::http
