// PathPattern: what a route's `path` matches, and which of several is asked.
//
//   "/sub/"        a prefix: /sub/, all below it, and /sub itself
//   "/a.txt"       one path
//   "/app/*.php"   a suffix: every path below /app/ that ends in .php, however deep
//
// Patterns are compared with the path as it is after decoding (http/target.h), octet by octet. The longest literal part
// wins; of equal ones an exact path beats a suffix, that beats a prefix, and a longer suffix a shorter one. The order
// of the file never matters.
#pragma once
#include "base/result.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace cais::server {

struct PathPattern {
    enum class Kind : std::uint8_t { prefix, suffix, exact };  // the weakest first

    Kind kind = Kind::prefix;
    std::string literal = "/";  // an exact path whole; of the others what stands before, with its last slash
    std::string suffix = {};    // ".php"; of a suffix alone

    // Errors    malformed: a sentence that says what a path is. An escape or a query is refused: whoever writes one
    // means
    //           another path than the one after decoding.
    [[nodiscard]] static Result<PathPattern> parse(std::string_view text);

    // Why no request can ever match; empty where one can. Static storage.
    [[nodiscard]] std::string_view never_matches() const noexcept;

    // The path that it was read from.
    [[nodiscard]] std::string text() const;

    // How much of a path it names: a prefix without its last slash, so that /sub and /sub/ are equally long.
    [[nodiscard]] std::size_t weight() const noexcept { return literal.size() - (kind == Kind::exact ? 0 : 1); }

    // Greater: asked first, where both match. Equal where neither is; then two that differ never match the same path.
    [[nodiscard]] std::weak_ordering precedence(const PathPattern& other) const noexcept;

    // The same paths.
    bool operator==(const PathPattern&) const = default;
};

}  // namespace cais::server
