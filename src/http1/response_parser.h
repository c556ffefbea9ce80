// The head of a response, from octets to fields: RFC 9112 §2, §4 and §5, as strict as that of a request: what two
// parsers could read in two ways is refused, since a cache or a proxy between may have read it the other way.
#pragma once
#include "base/result.h"
#include "http/fields.h"
#include "http/limits.h"
#include "http/status.h"
#include "http/version.h"
#include "http1/head_lines.h"

#include <cstdint>
#include <string_view>

namespace cais::http1 {

// Parses line by line as the octets come; how they are cut makes no difference.
class ResponseParser {
public:
    // Of `limits`: request_line bounds the status line too, and fields and field_lines what follows it.
    explicit ResponseParser(const http::Limits& limits) noexcept
        : limits_(&limits)
    {
    }

    enum class Outcome : std::uint8_t { incomplete, complete, refused };

    // `text` is everything from the start of the response that is there now: what it was the last time, and perhaps
    // more, at the same address (else restart() first). Lines of fields are added to `fields` as views into it.
    [[nodiscard]] Outcome parse(std::string_view text, http::Fields& fields);

    // Before another response, or where the text has moved; `fields` is cleared by the caller.
    void restart() noexcept
    {
        const auto* limits = limits_;
        *this = ResponseParser(*limits);
    }

    // After complete.
    [[nodiscard]] http::Version version() const noexcept { return version_; }
    [[nodiscard]] http::Status status() const noexcept { return status_; }
    [[nodiscard]] std::string_view reason() const noexcept { return reason_; }
    // Octets of the head; the content follows.
    [[nodiscard]] std::size_t length() const noexcept { return lines_.position(); }

    // After refused: malformed, too_large, or unsupported (another version of HTTP).
    [[nodiscard]] const Error& error() const noexcept { return error_; }

private:
    Outcome refuse(Error::Kind kind, const char* what, const char* source) noexcept
    {
        error_ = {kind, 0, what, source};
        return Outcome::refused;
    }
    bool parse_status_line(std::string_view line) noexcept;

    const http::Limits* limits_;
    http::Version version_ = http::Version::http_1_1;
    http::Status status_ = http::Status::ok;
    HeadLines lines_;
    std::string_view reason_;
    Error error_{};
};

}  // namespace cais::http1
