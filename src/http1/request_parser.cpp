#include "http1/request_parser.h"

#include "http1/scan.h"

namespace cais::http1 {
namespace {

using http::Status;

constexpr int most_empty_lines = 4;

}  // namespace

RequestParser::Outcome RequestParser::parse(std::string_view text, http::Fields& fields)
{
    for (;;) {
        std::string_view line;
        switch (lines_.next(text, *limits_, line)) {
        case HeadLines::Found::nothing: return Outcome::incomplete;
        case HeadLines::Found::too_long_start:
            return refuse(Status::uri_too_long, "the request line is too long", "RFC 9112 §3");
        case HeadLines::Found::too_large_fields:
            return refuse(Status::request_header_fields_too_large, "the fields are too large together", "RFC 6585 §5");
        case HeadLines::Found::bare_lf:
            return refuse(Status::bad_request, "a line ends with LF alone", "RFC 9112 §2.2");
        case HeadLines::Found::line: break;
        }

        if (lines_.in_fields()) {
            if (line.empty()) return Outcome::complete;
            if (fields.size() >= limits_->field_lines)
                return refuse(Status::request_header_fields_too_large, "too many field lines", "RFC 6585 §5");
            if (const auto fault = parse_field_line(line, fields))
                return refuse(Status::bad_request, fault.what, fault.source);
            continue;
        }
        if (line.empty()) {
            // Looser: clients of old send an empty line after a request's content (§2.2 asks for one to be passed
            // over).
            if (++empty_lines_ > most_empty_lines)
                return refuse(Status::bad_request, "too many empty lines before a request", "RFC 9112 §2.2");
            continue;
        }
        if (!parse_request_line(line)) return Outcome::refused;
        lines_.begin_fields();
    }
}

// method SP request-target SP HTTP-version, with single spaces: RFC 9112 §3.
// Stricter: §3 lets a server split the line on any white space; we do not.
bool RequestParser::parse_request_line(std::string_view line) noexcept
{
    const auto bad = [&](const char* what, const char* source) {
        refuse(Status::bad_request, what, source);
        return false;
    };
    const std::size_t first = line.find(' ');
    if (first == std::string_view::npos) return bad("the request line has no target", "RFC 9112 §3");
    const std::size_t last = line.rfind(' ');
    if (last == first) return bad("the request line has no version", "RFC 9112 §3");
    method_ = line.substr(0, first);
    target_ = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);

    if (!http::is_token(method_)) return bad("the method is no token", "RFC 9110 §9.1");
    if (target_.empty()) return bad("the target is empty", "RFC 9112 §3.2");
    if (!is_visible(target_)) return bad("the target has an octet that must be percent-encoded", "RFC 9112 §3.2");

    if (version == "HTTP/1.1") {
        version_ = http::Version::http_1_1;
        return true;
    }
    // "HTTP/" DIGIT "." DIGIT, in capitals: RFC 9112 §2.3.
    if (version.size() != 8 || !version.starts_with("HTTP/") || !base::is_digit(version[5]) || version[6] != '.' ||
        !base::is_digit(version[7]))
        return bad("the version is not HTTP/1.1 or HTTP/1.0", "RFC 9112 §2.3");
    if (version[5] != '1') {
        refuse(Status::http_version_not_supported, "only HTTP/1.1 and HTTP/1.0 are spoken here", "RFC 9110 §15.6.6");
        return false;
    }
    // A higher minor version is to be treated as the highest that we know: RFC 9110 §2.5.
    version_ = version[7] == '0' ? http::Version::http_1_0 : http::Version::http_1_1;
    return true;
}

FieldFault parse_field_line(std::string_view line, http::Fields& fields)
{
    // A line that begins with white space continues the one before: obsolete (RFC 9112 §5.2), a way to hide a field.
    if (line.front() == ' ' || line.front() == '\t') return {"a field line is folded", "RFC 9112 §5.2"};
    const std::size_t colon = token_length(line);
    if (colon == line.size()) return {"a field line has no colon", "RFC 9112 §5"};
    if (line[colon] != ':') {
        if (line[colon] == ' ' || line[colon] == '\t') return {"white space before a field's colon", "RFC 9112 §5.1"};
        return {"a field's name is no token", "RFC 9110 §5.1"};
    }
    if (colon == 0) return {"a field has no name", "RFC 9110 §5.1"};
    if (colon > UINT16_MAX) return {"a field's name is too long", "RFC 9110 §5.1"};  // what a FieldLine holds
    const std::string_view value = base::trim(line.substr(colon + 1));
    if (!is_field_content(value)) return {"a field's value has a control character", "RFC 9110 §5.5"};
    fields.add(line.substr(0, colon), value);
    return {};
}

}  // namespace cais::http1
