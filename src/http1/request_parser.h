// The head of a request, from octets to fields: RFC 9112 §2 to §5, strict. Nothing lenient: what two parsers could read
// in two ways is refused here, since whoever stands before or behind us may read it the other way.
#pragma once
#include "base/result.h"
#include "http/exchange.h"
#include "http/fields.h"
#include "http/limits.h"
#include "http/status.h"
#include "http/version.h"
#include "http1/head_lines.h"

#include <cstdint>
#include <string_view>

namespace cais::http1 {

using http::Refusal;  // what is answered before the connection closes

// Parses line by line as the octets come; how they are cut makes no difference.
class RequestParser {
public:
    explicit RequestParser(const http::Limits& limits) noexcept
        : limits_(&limits)
    {
    }

    enum class Outcome : std::uint8_t { incomplete, complete, refused };

    // `text` is everything from the start of the request that is there now: what it was the last time, and perhaps
    // more, at the same address (else restart() first). Lines of fields are added to `fields` as views into it.
    [[nodiscard]] Outcome parse(std::string_view text, http::Fields& fields);

    // Before another request, or where the text has moved; `fields` is cleared by the caller.
    void restart() noexcept
    {
        const auto* limits = limits_;
        *this = RequestParser(*limits);
    }

    // After complete.
    [[nodiscard]] std::string_view method() const noexcept { return method_; }
    [[nodiscard]] std::string_view target() const noexcept { return target_; }
    [[nodiscard]] http::Version version() const noexcept { return version_; }
    // Octets of the head, empty lines before it included; the content follows.
    [[nodiscard]] std::size_t length() const noexcept { return lines_.position(); }

    // After refused.
    [[nodiscard]] const Refusal& refusal() const noexcept { return refusal_; }

    // Whether the octets of a request have begun (an empty line before it does not count).
    [[nodiscard]] bool has_begun(std::string_view text) const noexcept
    {
        return lines_.in_fields() || text.size() > lines_.position();
    }

private:
    Outcome refuse(http::Status status, const char* what, const char* source) noexcept
    {
        refusal_ = {status, what, source};
        return Outcome::refused;
    }
    bool parse_request_line(std::string_view line) noexcept;

    const http::Limits* limits_;
    http::Version version_ = http::Version::http_1_1;
    std::uint8_t empty_lines_ = 0;
    HeadLines lines_;
    std::string_view method_;
    std::string_view target_;
    Refusal refusal_{};
};

// One field line without its CRLF, into a line of `fields`; also for trailers (RFC 9112 §7.1.2). Empty where it is
// well-formed, otherwise what is wrong and where that is written.
struct FieldFault {
    const char* what = nullptr;
    const char* source = nullptr;
    explicit operator bool() const noexcept { return what != nullptr; }
};
[[nodiscard]] FieldFault parse_field_line(std::string_view line, http::Fields& fields);

}  // namespace cais::http1
