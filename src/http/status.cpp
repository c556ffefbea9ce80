#include "http/status.h"

#include <array>
#include <cassert>
#include <cstddef>

namespace cais::http {
namespace {

// The phrases that the registry gives. 306 and 418 are there as "(Unused)": they have none.
constexpr std::string_view phrase(unsigned code)
{
    switch (code) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 102: return "Processing";
    case 103: return "Early Hints";
    case 104: return "Upload Resumption Supported";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 203: return "Non-Authoritative Information";
    case 204: return "No Content";
    case 205: return "Reset Content";
    case 206: return "Partial Content";
    case 207: return "Multi-Status";
    case 208: return "Already Reported";
    case 226: return "IM Used";
    case 300: return "Multiple Choices";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 305: return "Use Proxy";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 423: return "Locked";
    case 424: return "Failed Dependency";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 506: return "Variant Also Negotiates";
    case 507: return "Insufficient Storage";
    case 508: return "Loop Detected";
    case 510: return "Not Extended";
    case 511: return "Network Authentication Required";
    default: return "";
    }
}

constexpr unsigned first = 100, last = 599;
constexpr std::string_view before_code = "HTTP/1.1 ";
constexpr std::size_t before_phrase = before_code.size() + 4;  // and the code and a space

constexpr std::size_t all_octets = [] {
    std::size_t octets = 0;
    for (unsigned code = first; code <= last; ++code) octets += before_phrase + phrase(code).size() + 2;
    return octets;
}();

// Every line, one after the other; line `code` goes from start[code - first] to the next one.
struct Lines {
    std::array<char, all_octets> text{};
    std::array<std::uint16_t, last - first + 2> start{};
};
static_assert(all_octets <= UINT16_MAX);

constexpr Lines lines = [] {
    Lines result;
    std::size_t at = 0;
    const auto put = [&](std::string_view text) {
        for (const char c : text) result.text[at++] = c;
    };
    for (unsigned code = first; code <= last; ++code) {
        result.start[code - first] = static_cast<std::uint16_t>(at);
        put(before_code);
        for (const unsigned digit : {code / 100, code / 10 % 10, code % 10})
            result.text[at++] = static_cast<char>('0' + digit);
        put(" ");
        put(phrase(code));
        put("\r\n");
    }
    result.start[last - first + 1] = static_cast<std::uint16_t>(at);
    return result;
}();

}  // namespace

std::string_view status_line(Status status) noexcept
{
    assert(is_status(code_of(status)));
    // Never outside the table: where assertions are off, what is no status is our own fault, and says so.
    const unsigned code = is_status(code_of(status)) ? code_of(status) : code_of(Status::internal_server_error);
    const auto* const start = &lines.start[code - first];
    return {lines.text.data() + start[0], static_cast<std::size_t>(start[1] - start[0])};
}

std::string_view reason_of(Status status) noexcept
{
    std::string_view line = status_line(status);
    line.remove_prefix(before_phrase);
    line.remove_suffix(2);
    return line;
}

}  // namespace cais::http
