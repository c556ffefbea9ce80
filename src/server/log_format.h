// One line of the access log for one exchange, in three forms: `common` (NCSA), `combined` (with Referer and
// User-Agent), `json` (one object a line, RFC 8259).
//
//   127.0.0.1 - ana [10/Oct/2000:13:55:36 +0000] "GET /a?b HTTP/1.1" 200 2326
//   127.0.0.1 - ana [10/Oct/2000:13:55:36 +0000] "GET /a?b HTTP/1.1" 200 2326 "http://example.com/" "curl/8.0"
//   {"time":"2000-10-10T13:55:36.123Z","peer":"127.0.0.1","user":"ana","method":"GET","target":"/a?b","version":"HTTP/1.1",
//    "host":"example.com","status":200,"sent":2326,"received":0,"duration_ms":0.417,"referer":"http://example.com/",
//    "user_agent":"curl/8.0","complete":true}                                                         (in one line)
//
// Times are when the exchange began, in UTC. In common and combined `-` stands for what was not there, and for no
// octets of content; octets that could end a string or a line are escaped as base::append_printable does. JSON has
// every key in every line. A password never gets here, with one exception that is taken out: the userinfo of a URI in a
// target, a Host or a Referer is written as `***`.
#pragma once
#include "http/exchange_record.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace cais::server {

enum class LogFormat : std::uint8_t { common, combined, json };

// "common", "combined" or "json".
[[nodiscard]] std::optional<LogFormat> parse_log_format(std::string_view text);

// Keeps what lines have in common: the text of the last second that was written. One for each loop.
class LineFormatter {
public:
    // Of a text that is longer only so much is written, and `...`: one exchange does not fill a disk.
    static constexpr std::size_t longest_text = std::size_t{8} << 10;

    explicit LineFormatter(LogFormat format)
        : format_(format)
    {
    }

    // How much write() may need for this record; usually some four times of what it takes.
    [[nodiscard]] static std::size_t room_for(const http::ExchangeRecord& record) noexcept;

    // Writes the line with its '\n' at `to`, where there is room for it, and gives its end.
    // Cost: some 25 ns for a common line, 90 ns for JSON; an allocation only where a text must be escaped and is the
    // longest so far.
    char* write(char* to, const http::ExchangeRecord& record);

private:
    char* write_common(char* to, const http::ExchangeRecord& record);
    char* write_json(char* to, const http::ExchangeRecord& record);
    void enter_second(base::Seconds second);
    enum class Escape : std::uint8_t { printable, json };
    char* put_text(char* to, std::string_view text, Escape escape);
    char* put_uri(char* to, std::string_view text, Escape escape);
    char* put_octets(char* to, std::string_view text, Escape escape);
    char* put_user(char* to, std::string_view text);

    LogFormat format_;
    base::Seconds second_{std::chrono::seconds(std::numeric_limits<std::int64_t>::min())};  // that second_text_ is of
    char second_text_[32] = {};  // "[10/Oct/2000:13:55:36 +0000]" or "2000-10-10T13:55:36"
    std::string scratch_;
};

}  // namespace cais::server
