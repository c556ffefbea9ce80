// Lines of a head, as its octets come: RFC 9112 §2.2. How they are cut makes no difference. Of both parsers, and
// inlined into them: a request's head is on the hot path.
#pragma once
#include "http/limits.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace cais::http1 {

class HeadLines {
public:
    enum class Found : std::uint8_t { line, nothing, too_long_start, too_large_fields, bare_lf };

    // The next line of `text`, less its CRLF, in `line`. `text` is what it was the last time, and perhaps more. A line
    // that is not whole yet counts for the limits by what is there.
    [[nodiscard, gnu::always_inline]] Found next(std::string_view text, const http::Limits& limits,
                                                 std::string_view& line) noexcept
    {
        const char* const from = text.data() + scanned_;
        const auto* const lf = static_cast<const char*>(std::memchr(from, '\n', text.size() - scanned_));
        const std::size_t end = lf == nullptr ? text.size() : static_cast<std::size_t>(lf - text.data());
        std::size_t length = end - begin_;
        const bool has_cr = length > 0 && text[end - 1] == '\r';  // in a line that is not whole it may be its end
        if (has_cr) --length;

        if (!in_fields_) {
            if (length > limits.request_line) return Found::too_long_start;
        } else if (end + 1 - fields_at_ > limits.fields + 2) {  // the empty line at the end is no field
            return Found::too_large_fields;
        }
        if (lf == nullptr) {
            scanned_ = text.size();
            return Found::nothing;
        }
        if (!has_cr) return Found::bare_lf;
        line = text.substr(begin_, length);
        begin_ = scanned_ = end + 1;
        return Found::line;
    }

    // The start line is over.
    void begin_fields() noexcept
    {
        in_fields_ = true;
        fields_at_ = begin_;
    }
    [[nodiscard]] bool in_fields() const noexcept { return in_fields_; }

    // Where the line begins that comes next.
    [[nodiscard]] std::size_t position() const noexcept { return begin_; }

private:
    bool in_fields_ = false;
    std::size_t begin_ = 0;
    std::size_t scanned_ = 0;  // no LF before here
    std::size_t fields_at_ = 0;
};

}  // namespace cais::http1
