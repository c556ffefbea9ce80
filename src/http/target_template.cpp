#include "http/target_template.h"

#include "uri/authority.h"
#include "uri/percent.h"

namespace cais::http {
namespace {

// RFC 3986 §2: what may stand in a URI as it is, escapes apart.
constexpr auto uri_octet = base::OctetSet("-._~:/?#[]@!$&'()*+,;=").with('0', '9').with('a', 'z').with('A', 'Z');
constexpr auto host_octet = base::OctetSet("-._~[]:").with('0', '9').with('a', 'z').with('A', 'Z');

// Literal text as a URI has it. Gives what is wrong; empty where nothing is.
std::string append_literal(std::string& to, std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) >= 0x80) {
            uri::append_percent_encoded(to, text.substr(i, 1), uri_octet);
            continue;
        }
        if (c == '%') {
            const bool is_escape =
                text.size() - i >= 3 && base::hex_value(text[i + 1]) >= 0 && base::hex_value(text[i + 2]) >= 0;
            if (!is_escape) return "a percent sign is written %25";
        } else if (c == ' ') {
            return "a space is written %20";
        } else if (c == '}') {
            return "a `}` without its `{`";
        } else if (!uri_octet.has(c)) {
            std::string what = "no address holds a `";
            base::append_printable(what, text.substr(i, 1));
            return what + "`; write it as an escape";
        }
        to += c;
    }
    return {};
}

// The host of an authority as a target has it, without the port. Empty: there is none.
void append_host(std::string& to, std::string_view authority)
{
    const auto parsed = uri::parse_authority(authority);
    if (!parsed) return;
    const bool is_bracketed = parsed->kind == uri::Authority::ipv6 || parsed->kind == uri::Authority::future;
    if (is_bracketed) to += '[';
    uri::append_percent_encoded(to, parsed->host, host_octet);
    if (is_bracketed) to += ']';
}

}  // namespace

std::expected<TargetTemplate::Word, std::string> TargetTemplate::word_of(std::string_view name)
{
    if (name == "rest") return Word::rest;
    if (name == "path") return Word::path;
    if (name == "query") return Word::query;
    if (name == "host") return Word::host;
    if (name == "scheme") return Word::scheme;
    std::string what = "there is no word {";
    base::append_printable(what, name);
    return std::unexpected(what + "}; there are {rest} {path} {query} {host} {scheme}");
}

std::expected<TargetTemplate, std::string> TargetTemplate::parse(std::string_view text, Of of)
{
    TargetTemplate made;
    const std::string_view whole = text;
    if (const std::size_t hash = text.find('#'); hash != std::string_view::npos) {
        if (of == Of::path) return std::unexpected("a path has no fragment; a `#` is written %23");
        if (text.substr(hash).contains('{')) return std::unexpected("no word can stand behind the `#`");
        if (auto fault = append_literal(made.fragment_, text.substr(hash)); !fault.empty())
            return std::unexpected(fault);
        text = text.substr(0, hash);
    }
    while (!text.empty()) {
        const std::size_t open = text.find('{');
        Piece piece{{}, Word::none};
        if (auto fault = append_literal(piece.text, text.substr(0, open)); !fault.empty())
            return std::unexpected(fault);
        made.has_query_ = made.has_query_ || piece.text.contains('?');
        if (open != std::string_view::npos) {
            const std::size_t close = text.find('}', open);
            if (close == std::string_view::npos) return std::unexpected("a `{` without its `}`");
            const auto word = word_of(text.substr(open + 1, close - open - 1));
            if (!word) return std::unexpected(word.error());
            piece.word = *word;
            if (*word == Word::query && !made.has_query_)
                return std::unexpected("{query} stands behind a `?`; without one the query is kept anyway");
            made.has_host_ = made.has_host_ || *word == Word::host;
            text.remove_prefix(close + 1);
        } else {
            text = {};
        }
        made.pieces_.push_back(std::move(piece));
    }
    if (auto fault = made.check_form(whole, of); !fault.empty()) return std::unexpected(fault);
    return made;
}

// What is wrong with the beginning.
std::string TargetTemplate::check_form(std::string_view text, Of of) const
{
    if (pieces_.empty()) return "it is empty";
    if (text.starts_with("//")) return "two slashes at the beginning lead to another host; write https:// before them";
    if (text.starts_with('/') || text.starts_with("{path}")) return {};
    if (of == Of::path) return "it begins with a slash";
    for (const std::string_view scheme : {"http://", "https://", "{scheme}://"})
        if (text.starts_with(scheme)) return check_authority(text.substr(scheme.size()));
    return "it begins with a slash, or with https:// or http://";
}

// Nothing that a client sent may become a part of the name of a host, save as {host}.
std::string TargetTemplate::check_authority(std::string_view text) const
{
    std::string authority;
    while (!text.empty() && text.find_first_of("/?#") != 0 && !text.starts_with("{path}")) {
        if (text.starts_with("{host}")) {
            authority += "a";
            text.remove_prefix(6);
            continue;
        }
        if (text.starts_with('{'))
            return "a slash belongs behind the host, before " + std::string(text.substr(0, text.find('}') + 1));
        authority += text.front();
        text.remove_prefix(1);
    }
    const auto parsed = uri::parse_authority(authority);
    if (!parsed) return std::string("the host: ") + parsed.error().what;
    return {};
}

std::string_view TargetTemplate::expand(const Request& request) const
{
    if (has_host_ && request.host.empty()) return {};
    std::string made;
    for (const auto& piece : pieces_) {
        made += piece.text;
        append(made, piece.word, request);
    }
    // A "?" behind which nothing came.
    if (has_query_ && made.ends_with('?')) made.pop_back();
    if (!has_query_ && request.target.has_query) uri::append_query(made += '?', request.target.query);
    // Two slashes at the beginning would lead to a host of the client's choice (RFC 3986 §4.2).
    const std::size_t slashes = std::min(made.find_first_not_of('/'), made.size());
    if (slashes > 1) made.erase(0, slashes - 1);
    made += fragment_;
    return request.arena().copy(made);
}

void TargetTemplate::append(std::string& to, Word word, const Request& request)
{
    switch (word) {
    case Word::none: break;
    case Word::rest:
    case Word::path: {
        std::string_view path = word == Word::rest ? request.rest() : request.target.path;
        if (to.ends_with('/') && path.starts_with('/')) path.remove_prefix(1);
        uri::append_percent_encoded(to, path, uri::path);
        break;
    }
    case Word::query: uri::append_query(to, request.target.query); break;
    case Word::host: append_host(to, request.host); break;
    case Word::scheme:
        to += request.connection != nullptr && request.connection->security != nullptr ? "https" : "http";
        break;
    }
}

}  // namespace cais::http
