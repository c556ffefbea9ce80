// A target that is made of a request: what `redirect` sends a client to, what `rewrite` puts in a path's place. Its
// text may hold words:
//
//   {rest}    the path without what the route matched: no slash before it
//   {path}    the whole path, with its slash
//   {query}   the query, as it was sent, without "?"
//   {host}    the host that was asked for, without a port; an IPv6 address in brackets
//   {scheme}  "https" over TLS, else "http"
//
// What a word stands for is the client's, so it is written anew: a path from its decoded form with everything escaped
// but letters, digits and - . _ ~ /. No request can make a target of it that leads to another host than its text says,
// nor one with a line of its own.
#pragma once
#include "http/request.h"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace cais::http {

class TargetTemplate {
public:
    enum class Of : std::uint8_t {
        location,  // "/path", or "https://host/path"; a fragment is allowed
        path,      // "/path?query" alone
    };

    // Errors    a sentence for whoever wrote the text: an unknown word, one where it has no meaning, a text that begins
    //           with neither a slash nor "http://" or "https://", an octet that no URI has. What is no ASCII is
    //           escaped.
    [[nodiscard]] static std::expected<TargetTemplate, std::string> parse(std::string_view text, Of of);

    // The target for `request`, in its arena. The request's own query is added where the text has none. Empty where
    // {host} is wanted and the request names no host (HTTP/1.0).
    [[nodiscard]] std::string_view expand(const Request& request) const;

private:
    enum class Word : std::uint8_t { none, rest, path, query, host, scheme };
    struct Piece {
        std::string text;  // before the word
        Word word;
    };
    static void append(std::string& to, Word word, const Request& request);
    [[nodiscard]] static std::expected<Word, std::string> word_of(std::string_view name);
    [[nodiscard]] std::string check_form(std::string_view text, Of of) const;
    [[nodiscard]] std::string check_authority(std::string_view text) const;

    std::vector<Piece> pieces_;
    std::string fragment_;  // with its "#"
    bool has_query_ = false;
    bool has_host_ = false;
};

}  // namespace cais::http
