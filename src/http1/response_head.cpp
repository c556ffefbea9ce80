#include "http1/response_head.h"

#include "http/date.h"
#include "http1/scan.h"

#include <array>
#include <charconv>
#include <cstring>

namespace cais::http1 {
namespace {

using http::Name;

constexpr std::size_t date_line_octets = 6 + http::date_octets + 2;  // "Date: …\r\n"

char* put(char* at, std::string_view text) noexcept
{
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    return at + text.size();
}

// Fields that say how this connection is used are the wire's to write, whoever set them (RFC 9110 §7.6.1).
bool is_ours(Name name)
{
    return name == Name::connection || name == Name::transfer_encoding || name == Name::keep_alive ||
           name == Name::proxy_connection;
}

bool is_written(const http::FieldLine& line, const http::Response& response, const ResponseFraming& framing)
{
    if (is_ours(line.known) && !response.takeover) return false;
    // That there be none.
    if (line.known == Name::server && line.value().empty()) return false;
    // Not with 1xx, 204 and a tunnel (RFC 9110 §8.6); else the framing says it, but for 304.
    if (line.known == Name::content_length)
        return framing.kind == ResponseFraming::none && response.status == http::Status::not_modified;
    return is_sendable(line);
}

char* put_connection(char* at, Persistence persistence, bool upgrade) noexcept
{
    at = put(at, "Connection: ");
    if (persistence == Persistence::close) at = put(at, "close");
    if (persistence == Persistence::keep_spoken) at = put(at, "keep-alive");
    if (upgrade) at = put(at, persistence == Persistence::keep ? "upgrade" : ", upgrade");
    return put(at, "\r\n");
}

}  // namespace

bool is_sendable(const http::FieldLine& line) noexcept
{
    const bool has_name = line.known != Name::other || http::is_token(line.name());
    return has_name && is_field_content(line.value());
}

// RFC 9112 §6.3, from the sender's side.
ResponseFraming response_framing(const http::Request& request, const http::Response& response)
{
    if (!http::may_have_content(response.status) || response.takeover) return {};
    if (response.status == http::Status::reset_content) return {ResponseFraming::length, 0};  // RFC 9110 §15.3.6
    const bool is_head = request.method == http::Method::head;
    if (is_head && response.fields.has(Name::content_length)) {
        // What a GET would say, where the module knows it without a body.
        if (const auto own = base::parse_decimal(response.fields.all(Name::content_length).front()))
            return {ResponseFraming::length, *own};
    }
    const auto length = response.body.length();
    if (length) return {ResponseFraming::length, *length};
    if (request.version != http::Version::http_1_0) return {ResponseFraming::chunked};
    return {is_head ? ResponseFraming::none : ResponseFraming::close};
}

std::string_view CommonFields::at(base::WallTime now)
{
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (second.time_since_epoch().count() == second_) [[likely]]
        return text_;
    second_ = second.time_since_epoch().count();
    text_ = "Date: ";
    std::array<char, http::date_octets> date;
    text_ += http::write_date(second, date);
    text_ += "\r\n";
    if (!server_.empty()) text_ += "Server: " + server_ + "\r\n";
    return text_;
}

bool write_head(http::Output& output, std::string& overflow, const http::Response& response, const ResponseFraming& framing,
                Persistence persistence, std::string_view common)
{
    const std::string_view status = http::status_line(response.status);
    std::size_t most = status.size() + common.size() + 2 + 64 + 48;  // the framing line, the connection line
    for (const auto& line : response.fields) most += line.name().size() + line.value().size() + 4;

    char* start = nullptr;
    if (most > io::buffer_bytes) {
        overflow.resize(most);
        start = overflow.data();
    } else {
        start = output.reserve(most);
        if (start == nullptr) return false;
    }
    char* at = put(start, status);
    // A module that passes on another server's answer has its own.
    if (!response.fields.has(Name::date)) at = put(at, common.substr(0, date_line_octets));
    if (!response.fields.has(Name::server)) at = put(at, common.substr(date_line_octets));
    for (const auto& line : response.fields) {
        if (!is_written(line, response, framing)) continue;
        at = put(at, line.name());
        *at++ = ':';
        *at++ = ' ';
        at = put(at, line.value());
        *at++ = '\r';
        *at++ = '\n';
    }
    switch (framing.kind) {
    case ResponseFraming::length:
        at = put(at, "Content-Length: ");
        at = std::to_chars(at, at + 20, framing.bytes).ptr;
        *at++ = '\r';
        *at++ = '\n';
        break;
    case ResponseFraming::chunked: at = put(at, "Transfer-Encoding: chunked\r\n"); break;
    case ResponseFraming::none:
    case ResponseFraming::close: break;
    }
    // Who says what could be upgraded to says so in Connection, too (RFC 9110 §7.8).
    const bool upgrade = response.fields.has(Name::upgrade) && !response.takeover;
    if (persistence != Persistence::keep || upgrade) at = put_connection(at, persistence, upgrade);
    *at++ = '\r';
    *at++ = '\n';
    if (most > io::buffer_bytes) overflow.resize(static_cast<std::size_t>(at - start));
    else output.commit(static_cast<std::size_t>(at - start));
    return true;
}

}  // namespace cais::http1
