#include "http1/response_parser.h"

#include "http1/request_parser.h"
#include "http1/scan.h"

namespace cais::http1 {

ResponseParser::Outcome ResponseParser::parse(std::string_view text, http::Fields& fields)
{
    for (;;) {
        std::string_view line;
        switch (lines_.next(text, *limits_, line)) {
        case HeadLines::Found::nothing: return Outcome::incomplete;
        case HeadLines::Found::too_long_start:
            return refuse(Error::too_large, "the status line is too long", "RFC 9112 §4");
        case HeadLines::Found::too_large_fields:
            return refuse(Error::too_large, "the fields are too large together", "RFC 9110 §5.4");
        // Stricter: §2.2 lets a recipient take LF alone for the end of a line.
        case HeadLines::Found::bare_lf: return refuse(Error::malformed, "a line ends with LF alone", "RFC 9112 §2.2");
        case HeadLines::Found::line: break;
        }

        if (!lines_.in_fields()) {
            if (!parse_status_line(line)) return Outcome::refused;
            lines_.begin_fields();
            continue;
        }
        if (line.empty()) return Outcome::complete;
        if (fields.size() >= limits_->field_lines)
            return refuse(Error::too_large, "too many field lines", "RFC 9110 §5.4");
        // Stricter: §5.2 would have a folded line unfolded, and §5.1 white space before a colon removed; no server of
        // today sends either.
        if (const auto fault = parse_field_line(line, fields))
            return refuse(Error::malformed, fault.what, fault.source);
    }
}

// HTTP-version SP status-code SP [ reason-phrase ]: RFC 9112 §4.
bool ResponseParser::parse_status_line(std::string_view line) noexcept
{
    const auto bad = [&](const char* what, const char* source) {
        refuse(Error::malformed, what, source);
        return false;
    };
    // "HTTP/" DIGIT "." DIGIT, in capitals: §2.3.
    if (line.size() < 8 || !line.starts_with("HTTP/") || !base::is_digit(line[5]) || line[6] != '.' ||
        !base::is_digit(line[7]))
        return bad("the answer is not HTTP", "RFC 9112 §2.3");
    if (line[5] != '1') {
        refuse(Error::unsupported, "the answer is of another version of HTTP", "RFC 9112 §2.3");
        return false;
    }
    // A higher minor version is to be treated as the highest that we know: RFC 9110 §2.5.
    version_ = line[7] == '0' ? http::Version::http_1_0 : http::Version::http_1_1;

    // Stricter: a space that is missing behind the code is an error, as §4 has it for who sends.
    const auto digits = line.size() < 13 ? std::string_view() : line.substr(9, 3);
    if (digits.empty() || line[8] != ' ' || line[12] != ' ') return bad("the status line has no code", "RFC 9112 §4");
    const auto code = base::parse_decimal(digits);
    // Stricter: RFC 9110 §15 has a client take codes from 600 for a 5xx.
    if (!code || !http::is_status(static_cast<unsigned>(*code)))
        return bad("the status code is no number from 100 to 599", "RFC 9110 §15");
    status_ = static_cast<http::Status>(*code);
    reason_ = line.substr(13);
    if (!is_field_content(reason_)) return bad("a control character in the reason phrase", "RFC 9112 §4");
    return true;
}

}  // namespace cais::http1
