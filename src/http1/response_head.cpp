#include "http1/response_head.h"

#include "http/date.h"

#include <array>
#include <charconv>
#include <cstring>

namespace cais::http1 {
namespace {

using http::Name;

char* put(char* at, std::string_view text) noexcept
{
    std::memcpy(at, text.data(), text.size());
    return at + text.size();
}

// Fields that say how this connection is used are the wire's to write, whoever set them (RFC 9110 §7.6.1).
bool is_ours(Name name)
{
    return name == Name::connection || name == Name::transfer_encoding || name == Name::keep_alive;
}

}  // namespace

// RFC 9112 §6.3, from the sender's side.
ResponseFraming response_framing(const http::Request& request, const http::Response& response)
{
    if (!http::may_have_content(response.status) || response.takeover) return {};
    const auto length = response.body.length();
    if (length) return {ResponseFraming::length, *length};
    if (request.version == http::Version::http_1_0) return {ResponseFraming::close};
    return {ResponseFraming::chunked};
}

std::string_view CommonFields::at(base::WallTime now)
{
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (second.time_since_epoch().count() == second_) [[likely]] return text_;
    second_ = second.time_since_epoch().count();
    text_ = "Date: ";
    std::array<char, http::date_octets> date;
    text_ += http::write_date(second, date);
    text_ += "\r\n";
    date_length_ = text_.size();
    if (!server_.empty()) text_ += "Server: " + server_ + "\r\n";
    return text_;
}

bool write_head(Output& output, std::string& overflow, const http::Request& request, const http::Response& response,
                const ResponseFraming& framing, Persistence persistence, std::string_view common)
{
    const std::string_view status = http::status_line(response.status);
    std::size_t most = status.size() + common.size() + 2 + 64 + 32;  // the framing line, the persistence line
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
    if (!response.fields.has(Name::date)) at = put(at, common);
    for (const auto& line : response.fields) {
        if (is_ours(line.known) && !response.takeover) continue;
        if (line.known == Name::content_length && framing.kind != ResponseFraming::none) continue;
        at = put(at, line.name());
        *at++ = ':';
        *at++ = ' ';
        at = put(at, line.value());
        *at++ = '\r';
        *at++ = '\n';
    }
    const bool has_own_length = response.fields.has(Name::content_length) && request.method == http::Method::head;
    switch (framing.kind) {
    case ResponseFraming::length:
        at = put(at, "Content-Length: ");
        if (has_own_length) at = put(at, response.fields.all(Name::content_length).front());
        else at = std::to_chars(at, at + 20, framing.bytes).ptr;
        *at++ = '\r';
        *at++ = '\n';
        break;
    case ResponseFraming::chunked: at = put(at, "Transfer-Encoding: chunked\r\n"); break;
    case ResponseFraming::none:
    case ResponseFraming::close: break;
    }
    if (persistence == Persistence::close) at = put(at, "Connection: close\r\n");
    else if (persistence == Persistence::keep_spoken) at = put(at, "Connection: keep-alive\r\n");
    *at++ = '\r';
    *at++ = '\n';
    if (most > io::buffer_bytes) overflow.resize(static_cast<std::size_t>(at - start));
    else output.commit(static_cast<std::size_t>(at - start));
    return true;
}

}  // namespace cais::http1
