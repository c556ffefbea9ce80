// The machine behind Url::parse and the setters of url_parts.h: WHATWG URL §4.4, state by state, with the standard's
// names. Not for others.
#pragma once
#include "uri/url.h"

#include <optional>
#include <string>
#include <string_view>

namespace cais::uri {

enum class UrlState : unsigned char {
    scheme_start,
    scheme,
    no_scheme,
    special_relative_or_authority,
    path_or_authority,
    relative,
    relative_slash,
    special_authority_slashes,
    special_authority_ignore_slashes,
    authority,
    host,
    hostname,
    port,
    file,
    file_slash,
    file_host,
    path_start,
    path,
    opaque_path,
    query,
    fragment,
};

class UrlParser {
public:
    // Both outlive the parser; `base` may be null.
    UrlParser(Url& url, const Url* base) noexcept
        : url_(url)
        , base_(base)
    {
    }

    // The whole of a URL. Gives what is wrong, and nothing where it is well.
    [[nodiscard]] std::optional<Error> parse(std::string_view text);
    // From one state on ("state override"): one part of the URL anew. Whatever was set before
    // something was wrong stays: a host before a port that is none.
    [[nodiscard]] std::optional<Error> parse_part(std::string_view text, UrlState from);

private:
    enum class Next : unsigned char { go_on, stop };  // stop: the part that was asked for is there
    struct Step {
        Next next = Next::go_on;
        std::optional<Error> error = {};
    };

    std::optional<Error> run(UrlState from);
    Step step();

    Step in_scheme_start();
    Step in_scheme();
    Step in_no_scheme();
    Step in_special_relative_or_authority();
    Step in_path_or_authority();
    std::optional<Step> after_path_of_base(UrlState at_the_end);
    Step in_relative();
    Step in_relative_slash();
    Step in_special_authority_slashes();
    Step in_special_authority_ignore_slashes();
    Step in_authority();
    Step in_host();
    Step in_port();
    Step in_file();
    Step in_file_slash();
    Step in_file_host();
    Step in_path_start();
    Step in_path();
    Step in_opaque_path();
    Step in_query();
    Step in_fragment();

    void clean(std::string_view text);
    static Step broken(const char* what);
    Step to(UrlState state) noexcept;       // the next octet is read in `state`
    Step back_to(UrlState state) noexcept;  // the same octet is
    [[nodiscard]] bool at_end() const noexcept { return at_ == input_.size(); }
    [[nodiscard]] bool is(char c) const noexcept { return !at_end() && input_[at_] == c; }
    // "/", and "\" in a special URL.
    [[nodiscard]] bool is_slash() const noexcept { return is('/') || (is_special_ && is('\\')); }
    [[nodiscard]] bool ends_authority() const noexcept { return at_end() || is('?') || is('#') || is_slash(); }
    [[nodiscard]] std::string_view rest() const noexcept;  // what is after the octet
    [[nodiscard]] std::string_view from_here() const noexcept { return std::string_view(input_).substr(at_); }
    void set_scheme(std::string scheme);
    void take_authority_of_base();
    void end_segment();
    void shorten();

    Url& url_;
    const Url* base_;
    bool is_override_ = false;
    bool is_special_ = false;  // url_'s scheme
    std::string input_;
    std::size_t at_ = 0;  // one past the last octet is the end, which has its own step
    UrlState state_ = UrlState::scheme_start;
    std::string buffer_;
    bool seen_at_ = false, seen_password_ = false, in_brackets_ = false;
};

}  // namespace cais::uri
