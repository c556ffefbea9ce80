#include "server/log_format.h"

#include "base/text.h"
#include "trace/timestamp.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>

namespace cais::server {
namespace {

using namespace std::literals;

constexpr std::size_t common_time_octets = "[10/Oct/2000:13:55:36 +0000]"sv.size();
constexpr std::size_t json_time_octets = "2000-10-10T13:55:36"sv.size();

char* put(char* to, std::string_view text)
{
    std::memcpy(to, text.data(), text.size());
    return to + text.size();
}

// A literal: its size is known, so that the compiler writes it with a few moves.
template <std::size_t Size>
char* put(char* to, const char (&text)[Size])
{
    std::memcpy(to, text, Size - 1);
    return to + Size - 1;
}

char* put_number(char* to, std::uint64_t number) { return std::to_chars(to, to + 20, number).ptr; }

// The octets that stand for themselves in every form: visible ASCII and the space, without `"` and `\`.
constexpr bool stands_for_itself(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

// The same question for eight octets at once.
bool all_stand_for_themselves(std::uint64_t word)
{
    constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
    const auto has_zero = [](std::uint64_t w) { return (w - ones) & ~w & highs; };
    const std::uint64_t below_space = (word - ones * 0x20) & ~word & highs;
    return ((word & highs) | below_space | has_zero(word ^ (ones * 0x7F)) | has_zero(word ^ (ones * '"')) |
            has_zero(word ^ (ones * '\\'))) == 0;
}

// Copies octets while they stand for themselves; `text` keeps the rest.
char* put_plain_part(char* to, std::string_view& text)
{
    const char* from = text.data();
    const char* const end = from + text.size();
    for (std::uint64_t word = 0; end - from >= 8; from += 8, to += 8) {
        std::memcpy(&word, from, 8);
        if (!all_stand_for_themselves(word)) break;
        std::memcpy(to, &word, 8);
    }
    while (from != end && stands_for_itself(*from)) *to++ = *from++;
    text = {from, static_cast<std::size_t>(end - from)};
    return to;
}

// JSON lets C1 controls stand as they are (0xC2 0x80 to 0xC2 0x9F in UTF-8), and terminals obey them.
char* put_json_for_terminals(char* to, std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
        if (text[i] == '\xC2' && next < 0xA0) {
            constexpr char digits[] = "0123456789abcdef";
            to = put(to, "\\u00");
            *to++ = digits[next >> 4];
            *to++ = digits[next & 15];
            ++i;
        } else {
            *to++ = text[i];
        }
    }
    return to;
}

// Where the userinfo of a URI, or of an authority alone, begins and ends (RFC 3986 §3.2.1); nothing where there is
// none.
std::string_view userinfo(std::string_view uri)
{
    if (uri.empty() || uri.front() == '/' || !uri.contains('@')) return {};
    const auto colon = uri.find(':');
    if (colon != std::string_view::npos && uri.substr(colon).starts_with("://")) uri.remove_prefix(colon + 3);
    uri = uri.substr(0, uri.find_first_of("/?#"));
    const auto at = uri.rfind('@');
    return at == std::string_view::npos ? std::string_view() : uri.substr(0, at);
}

}  // namespace

std::optional<LogFormat> parse_log_format(std::string_view text)
{
    if (text == "common") return LogFormat::common;
    if (text == "combined") return LogFormat::combined;
    if (text == "json") return LogFormat::json;
    return std::nullopt;
}

std::size_t LineFormatter::room_for(const http::ExchangeRecord& record) noexcept
{
    constexpr std::size_t fixed = 512;         // keys, numbers, times, `***` and `...`
    constexpr std::size_t longest_escape = 6;  // \u0000
    std::size_t octets = 0;
    for (const auto& text : {record.peer, record.user, record.method, record.target, record.version, record.host,
                             record.referer, record.user_agent})
        octets += std::min(text.size(), longest_text);
    return fixed + longest_escape * octets;
}

char* LineFormatter::write(char* to, const http::ExchangeRecord& record)
{
    const char* const end = to + room_for(record);
    const auto second = std::chrono::floor<std::chrono::seconds>(record.started);
    if (second != second_) enter_second(second);
    to = format_ == LogFormat::json ? write_json(to, record) : write_common(to, record);
    *to++ = '\n';
    assert(to <= end);
    static_cast<void>(end);
    return to;
}

char* LineFormatter::write_common(char* to, const http::ExchangeRecord& record)
{
    to = record.peer.empty() ? put(to, "-") : put_text(to, record.peer, Escape::printable);
    to = put(to, " - ");
    to = put_user(to, record.user);
    *to++ = ' ';
    std::memcpy(to, second_text_, common_time_octets);
    to += common_time_octets;
    to = put(to, " \"");
    if (record.method.empty()) {
        *to++ = '-';
    } else {
        to = put_text(to, record.method, Escape::printable);
        *to++ = ' ';
        to = put_uri(to, record.target, Escape::printable);
        *to++ = ' ';
        to = put_text(to, record.version, Escape::printable);
    }
    to = put(to, "\" ");
    to = put_number(to, record.status);
    *to++ = ' ';
    to = record.content_bytes_sent == 0 ? put(to, "-") : put_number(to, record.content_bytes_sent);
    if (format_ == LogFormat::common) return to;

    to = put(to, " \"");
    to = record.referer.empty() ? put(to, "-") : put_uri(to, record.referer, Escape::printable);
    to = put(to, "\" \"");
    to = record.user_agent.empty() ? put(to, "-") : put_text(to, record.user_agent, Escape::printable);
    *to++ = '"';
    return to;
}

char* LineFormatter::write_json(char* to, const http::ExchangeRecord& record)
{
    const auto since_second = std::chrono::floor<std::chrono::milliseconds>(record.started - second_);
    const auto microseconds =
        std::max<std::int64_t>(0, std::chrono::floor<std::chrono::microseconds>(record.duration).count());

    to = put(to, "{\"time\":\"");
    std::memcpy(to, second_text_, json_time_octets);
    to += json_time_octets;
    *to++ = '.';
    to = trace::write_digits<3>(to, static_cast<unsigned>(since_second.count()));
    to = put_text(put(to, "Z\",\"peer\":\""), record.peer, Escape::json);
    to = put_text(put(to, "\",\"user\":\""), record.user, Escape::json);
    to = put_text(put(to, "\",\"method\":\""), record.method, Escape::json);
    to = put_uri(put(to, "\",\"target\":\""), record.target, Escape::json);
    to = put_text(put(to, "\",\"version\":\""), record.version, Escape::json);
    to = put_uri(put(to, "\",\"host\":\""), record.host, Escape::json);
    to = put_number(put(to, "\",\"status\":"), record.status);
    to = put_number(put(to, ",\"sent\":"), record.content_bytes_sent);
    to = put_number(put(to, ",\"received\":"), record.content_bytes_received);
    to = put_number(put(to, ",\"duration_ms\":"), static_cast<std::uint64_t>(microseconds / 1000));
    *to++ = '.';
    to = trace::write_digits<3>(to, static_cast<unsigned>(microseconds % 1000));
    to = put_uri(put(to, ",\"referer\":\""), record.referer, Escape::json);
    to = put_text(put(to, "\",\"user_agent\":\""), record.user_agent, Escape::json);
    return record.complete ? put(to, "\",\"complete\":true}") : put(to, "\",\"complete\":false}");
}

// The text of a second, which many lines share.
void LineFormatter::enter_second(base::Seconds second)
{
    second_ = second;
    char stamp[trace::timestamp_octets];  // 2000-10-10T13:55:36.000Z
    trace::write_timestamp(stamp, second);
    if (format_ == LogFormat::json) {
        std::memcpy(second_text_, stamp, json_time_octets);
        return;
    }
    constexpr char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const auto month = static_cast<std::size_t>((stamp[5] - '0') * 10 + (stamp[6] - '0') - 1);
    char* to = second_text_;
    *to++ = '[';
    to = put(to, std::string_view(stamp + 8, 2));
    *to++ = '/';
    to = put(to, std::string_view(months + 3 * month, 3));
    *to++ = '/';
    to = put(to, std::string_view(stamp, 4));
    *to++ = ':';
    to = put(to, std::string_view(stamp + 11, 8));
    put(to, " +0000]");
}

// A text that a peer may have chosen, bounded and escaped.
char* LineFormatter::put_text(char* to, std::string_view text, Escape escape)
{
    if (text.size() <= longest_text) [[likely]]
        return put_octets(to, text, escape);
    return put(put_octets(to, text.substr(0, longest_text), escape), "...");
}

char* LineFormatter::put_uri(char* to, std::string_view text, Escape escape)
{
    const std::string_view secret = userinfo(text);
    if (secret.data() == nullptr) [[likely]]
        return put_text(to, text, escape);
    const auto begin = static_cast<std::size_t>(secret.data() - text.data());
    const std::string_view before = text.substr(0, begin), after = text.substr(begin + secret.size());
    if (before.size() + after.size() > longest_text) return put(to, "***");  // nobody means such a URI
    return put_octets(put(put_octets(to, before, escape), "***"), after, escape);
}

char* LineFormatter::put_octets(char* to, std::string_view text, Escape escape)
{
    to = put_plain_part(to, text);
    if (text.empty()) [[likely]]
        return to;
    scratch_.clear();
    if (escape == Escape::printable) {
        base::append_printable(scratch_, text);
        return put(to, scratch_);
    }
    base::append_json_string(scratch_, text);
    return put_json_for_terminals(to, std::string_view(scratch_).substr(1, scratch_.size() - 2));  // has its quotes
}

// The third word of a common line stands without quotes, so that a space in it would shift all that follows.
char* LineFormatter::put_user(char* to, std::string_view text)
{
    if (text.empty()) return put(to, "-");
    if (!text.contains(' ')) [[likely]]
        return put_text(to, text, Escape::printable);
    text = text.substr(0, longest_text);
    for (auto space = text.find(' '); space != std::string_view::npos; space = text.find(' ')) {
        to = put(put_octets(to, text.substr(0, space), Escape::printable), "\\x20");
        text.remove_prefix(space + 1);
    }
    return put_octets(to, text, Escape::printable);
}

}  // namespace cais::server
