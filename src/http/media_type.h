// Media types: parsed, written and grouped as the MIME Sniffing standard does it (WHATWG mimesniff §4), which is what
// browsers do with Content-Type. Octets stand for themselves: a value may hold obs-text, whose charset nobody says.
// Looser: than RFC 9110 §8.3.1, which has `a/b; c=` and `a/b; c` as malformed where this drops the parameter. Browsers
// send and answer with what they take (tests/conformance/wpt/mimesniff), and a dropped parameter harms nobody.
// Not here: what a file's name says (media_type_table.h), ranges such as text/* (Accept).
#pragma once
#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cais::http {

class MediaType {
public:
    struct Parameter {
        std::string name;   // a token, lower case
        std::string value;  // as it was sent, without quotes and backslashes; may be empty
        bool operator==(const Parameter&) const = default;
    };

    // Errors    malformed: no type, no subtype, or one of them is no token. Parameters never fail: a bad one is
    // dropped,
    //           and of several with one name the first counts.
    // Cost      a copy of `text`; sorting where there are many parameters, never their square.
    [[nodiscard]] static Result<MediaType> parse(std::string_view text);

    // "text/html", lower case. These three are valid until the media type is changed or gone.
    [[nodiscard]] std::string_view essence() const noexcept [[clang::lifetimebound]] { return essence_; }
    [[nodiscard]] std::string_view type() const noexcept [[clang::lifetimebound]]
    {
        return essence().substr(0, slash_);
    }
    [[nodiscard]] std::string_view subtype() const noexcept [[clang::lifetimebound]]
    {
        return essence().substr(slash_ + 1);
    }
    // In their order, each name once.
    [[nodiscard]] const std::vector<Parameter>& parameters() const noexcept [[clang::lifetimebound]]
    {
        return parameters_;
    }
    // The value of the parameter with this name, in lower case; null where there is none.
    [[nodiscard]] const std::string* parameter(std::string_view name) const noexcept [[clang::lifetimebound]];

    // As Content-Type's value: `text/html;charset=utf-8`, no spaces, quoted where it must be.
    [[nodiscard]] std::string serialise() const;

    bool operator==(const MediaType&) const = default;

private:
    MediaType(std::string essence, std::size_t slash) noexcept
        : essence_(std::move(essence))
        , slash_(slash)
    {
    }

    std::string essence_;
    std::size_t slash_;
    std::vector<Parameter> parameters_;
};

// The groups of §4.6. A type may be in several, or in none.
[[nodiscard]] bool is_image(const MediaType& type) noexcept;
[[nodiscard]] bool is_audio_or_video(const MediaType& type) noexcept;
[[nodiscard]] bool is_font(const MediaType& type) noexcept;
[[nodiscard]] bool is_zip_based(const MediaType& type) noexcept;
[[nodiscard]] bool is_archive(const MediaType& type) noexcept;
[[nodiscard]] bool is_xml(const MediaType& type) noexcept;
[[nodiscard]] bool is_html(const MediaType& type) noexcept;        // XHTML is XML
[[nodiscard]] bool is_scriptable(const MediaType& type) noexcept;  // shown, it may run a program: XML, HTML, PDF
[[nodiscard]] bool is_javascript(const MediaType& type) noexcept;
[[nodiscard]] bool is_json(const MediaType& type) noexcept;

// The essence that stands for all types that are treated alike (§4.2, minimize a supported MIME type): every name of
// JavaScript is text/javascript. Empty for what is none of the common ones and not `is_supported`, asked with the
// essence. Valid as long as `type`.
[[nodiscard]] std::string_view minimised(const MediaType& type [[clang::lifetimebound]],
                                         bool (*is_supported)(std::string_view essence));

}  // namespace cais::http
