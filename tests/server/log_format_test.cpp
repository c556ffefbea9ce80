#include "server/log_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace cais::server {
namespace {

using namespace std::chrono_literals;
using namespace std::literals;

constexpr base::WallTime at(std::chrono::sys_days day, base::Duration time) { return base::WallTime(day) + time; }

http::ExchangeRecord example()
{
    using namespace std::chrono;
    return {
        .started = at(year{2000} / October / 10, 13h + 55min + 36s + 123ms),
        .duration = 417us + 999ns,
        .peer = "127.0.0.1",
        .user = "ana",
        .method = "GET",
        .target = "/a?b=c%22",
        .version = "HTTP/1.1",
        .host = "example.com:8080",
        .referer = "http://example.com/start.html",
        .user_agent = "curl/8.0",
        .status = 200,
        .content_bytes_sent = 2326,
        .content_bytes_received = 7,
    };
}

// The line, without its '\n'; nothing is written outside the room that was asked for.
std::string line_of(LineFormatter& formatter, const http::ExchangeRecord& record)
{
    const auto room = LineFormatter::room_for(record);
    std::vector<char> octets(room + 16, '#');
    const char* end = formatter.write(octets.data(), record);
    const auto size = static_cast<std::size_t>(end - octets.data());
    EXPECT_LE(size, room);
    EXPECT_EQ(std::string(octets.end() - 16, octets.end()), std::string(16, '#'));
    EXPECT_EQ(octets[size - 1], '\n');
    return std::string(octets.data(), size - 1);
}

std::string line_of(LogFormat format, const http::ExchangeRecord& record)
{
    LineFormatter formatter(format);
    return line_of(formatter, record);
}

TEST(LogFormat, is_found_by_its_name)
{
    EXPECT_EQ(parse_log_format("common"), LogFormat::common);
    EXPECT_EQ(parse_log_format("combined"), LogFormat::combined);
    EXPECT_EQ(parse_log_format("json"), LogFormat::json);
    for (const auto* none : {"", "off", "JSON", "ncsa"}) EXPECT_FALSE(parse_log_format(none)) << none;
}

TEST(LogFormat, common)
{
    EXPECT_EQ(line_of(LogFormat::common, example()),
              R"(127.0.0.1 - ana [10/Oct/2000:13:55:36 +0000] "GET /a?b=c%22 HTTP/1.1" 200 2326)");
}

TEST(LogFormat, combined)
{
    EXPECT_EQ(line_of(LogFormat::combined, example()),
              R"(127.0.0.1 - ana [10/Oct/2000:13:55:36 +0000] "GET /a?b=c%22 HTTP/1.1" 200 2326 )"
              R"("http://example.com/start.html" "curl/8.0")");
}

TEST(LogFormat, json)
{
    EXPECT_EQ(
        line_of(LogFormat::json, example()),
        R"({"time":"2000-10-10T13:55:36.123Z","peer":"127.0.0.1","user":"ana","method":"GET","target":"/a?b=c%22",)"
        R"("version":"HTTP/1.1","host":"example.com:8080","status":200,"sent":2326,"received":7,"duration_ms":0.417,)"
        R"("referer":"http://example.com/start.html","user_agent":"curl/8.0","complete":true})");
}

TEST(LogFormat, what_was_not_there)
{
    http::ExchangeRecord record;
    record.status = 400;
    record.complete = false;
    EXPECT_EQ(line_of(LogFormat::common, record), R"(- - - [01/Jan/1970:00:00:00 +0000] "-" 400 -)");
    EXPECT_EQ(line_of(LogFormat::combined, record), R"(- - - [01/Jan/1970:00:00:00 +0000] "-" 400 - "-" "-")");
    EXPECT_EQ(
        line_of(LogFormat::json, record),
        R"({"time":"1970-01-01T00:00:00.000Z","peer":"","user":"","method":"","target":"","version":"","host":"",)"
        R"("status":400,"sent":0,"received":0,"duration_ms":0.000,"referer":"","user_agent":"","complete":false})");
}

struct Escaped {
    std::string_view text;
    std::string_view printable;
    std::string_view json;
};
constexpr Escaped escaped[] = {
    {"plain text, longer than eight octets", "plain text, longer than eight octets",
     "plain text, longer than eight octets"},
    {"\"", "\\\"", "\\\""},
    {"a\\b", "a\\\\b", "a\\\\b"},
    {"12345678\"x", "12345678\\\"x", "12345678\\\"x"},
    {"1234567\"12345678", "1234567\\\"12345678", "1234567\\\"12345678"},
    {"a\nb\rc\td", "a\\x0ab\\x0dc\\x09d", "a\\nb\\rc\\td"},
    {"\x1b[31m\x7f", "\\x1b[31m\\x7f", "\\u001b[31m\\u007f"},
    {"nul\0end"sv, "nul\\x00end", "nul\\u0000end"},
    {"caf\xc3\xa9", "caf\xc3\xa9", "caf\xc3\xa9"},
    {"caf\xe9", "caf\\xe9", "caf\xef\xbf\xbd"},
    {"c1 \xc2\x9b", "c1 \\xc2\\x9b", "c1 \\u009b"},
    {"\xc2\x80\xc2\x9f\xc2\xa0", "\\xc2\\x80\\xc2\\x9f\xc2\xa0", "\\u0080\\u009f\xc2\xa0"},
};

TEST(LogFormat, what_a_peer_sent_cannot_leave_its_place)
{
    for (const auto& [text, printable, json] : escaped) {
        auto record = example();
        record.user_agent = text;
        EXPECT_THAT(line_of(LogFormat::combined, record), testing::EndsWith("\"" + std::string(printable) + "\""))
            << text;
        EXPECT_THAT(line_of(LogFormat::json, record),
                    testing::HasSubstr("\"user_agent\":\"" + std::string(json) + "\","))
            << text;
    }
}

// Each field by itself, each octet in each of the places of a word of eight.
TEST(LogFormat, one_line_whatever_the_octets)
{
    constexpr std::string_view http::ExchangeRecord::* fields[] = {
        &http::ExchangeRecord::user,       &http::ExchangeRecord::method, &http::ExchangeRecord::target,
        &http::ExchangeRecord::version,    &http::ExchangeRecord::host,   &http::ExchangeRecord::referer,
        &http::ExchangeRecord::user_agent,
    };
    for (const auto format : {LogFormat::common, LogFormat::combined, LogFormat::json}) {
        LineFormatter formatter(format);
        for (const auto field : fields)
            for (unsigned octet = 0; octet < 256; ++octet)
                for (std::size_t place = 0; place < 9; ++place) {
                    std::string text(11, 'x');
                    text[place] = static_cast<char>(octet);
                    auto record = example();
                    record.*field = text;
                    const auto line = line_of(formatter, record);
                    for (const char c : line) {
                        const auto code = static_cast<unsigned char>(c);
                        EXPECT_TRUE(code >= 0x20 && code != 0x7F) << octet;
                        EXPECT_TRUE(code < 0x80 || format == LogFormat::json) << octet;
                    }
                }
    }
}

TEST(LogFormat, a_user_with_spaces_stays_one_word)
{
    auto record = example();
    record.user = " Ana \"de\" Sousa ";
    EXPECT_THAT(line_of(LogFormat::common, record),
                testing::StartsWith(R"(127.0.0.1 - \x20Ana\x20\"de\"\x20Sousa\x20 [)"));
}

TEST(LogFormat, a_long_text_is_cut)
{
    auto record = example();
    const std::string whole(LineFormatter::longest_text, 'x'), longer = whole + "y";
    record.user_agent = whole;
    EXPECT_THAT(line_of(LogFormat::combined, record), testing::EndsWith("x\""));
    record.user_agent = longer;
    EXPECT_THAT(line_of(LogFormat::combined, record), testing::EndsWith("x...\""));
    const std::string worst(1 << 20, '\0');
    record.user = record.method = record.target = record.version = record.host = record.referer = record.user_agent =
        worst;
    EXPECT_LT(line_of(LogFormat::json, record).size(), 8 * 6 * LineFormatter::longest_text);
}

TEST(LogFormat, userinfo_is_taken_out)
{
    constexpr struct {
        std::string_view uri, want;
    } cases[] = {
        {"http://ana:secret@example.com/x", "http://***@example.com/x"},
        {"http://ana@example.com", "http://***@example.com"},
        {"http://a@b:secret@example.com?q", "http://***@example.com?q"},
        {"ana:secret@example.com:443", "***@example.com:443"},
        {"ana:secret@example.com/?http://x", "***@example.com/?http://x"},
        {"@example.com", "***@example.com"},
        {"http://example.com/?to=a@b", "http://example.com/?to=a@b"},
        {"http://example.com/#a@b", "http://example.com/#a@b"},
        {"/users/@ana", "/users/@ana"},
        {"*", "*"},
    };
    for (const auto& [uri, want] : cases) {
        auto record = example();
        record.target = record.host = record.referer = uri;
        const auto common = line_of(LogFormat::combined, record), json = line_of(LogFormat::json, record);
        EXPECT_THAT(common, testing::HasSubstr("\"GET " + std::string(want) + " HTTP/1.1\"")) << uri;
        EXPECT_THAT(common, testing::HasSubstr("\"" + std::string(want) + "\" \"curl")) << uri;
        EXPECT_THAT(json, testing::HasSubstr("\"host\":\"" + std::string(want) + "\"")) << uri;
    }
    // A bound on what is written is no way around it.
    auto record = example();
    const std::string secret = "http://ana:" + std::string(2 * LineFormatter::longest_text, 's') + "@example.com/";
    record.referer = secret;
    EXPECT_THAT(line_of(LogFormat::combined, record), testing::HasSubstr("\"http://***@example.com/\""));
    const std::string scheme = std::string(2 * LineFormatter::longest_text, 'h') + "://ana:secret@example.com/";
    record.referer = scheme;
    EXPECT_THAT(line_of(LogFormat::combined, record), testing::HasSubstr("\"***\""));
}

TEST(LogFormat, seconds_change_and_go_back)
{
    using namespace std::chrono;
    const struct {
        base::WallTime time;
        const char *common, *json;
    } cases[] = {
        {at(year{2024} / February / 29, 23h + 59min + 59s + 999ms + 999us), "[29/Feb/2024:23:59:59 +0000]",
         "2024-02-29T23:59:59.999Z"},
        {at(year{2024} / March / 1, 0ns), "[01/Mar/2024:00:00:00 +0000]", "2024-03-01T00:00:00.000Z"},
        {at(year{2024} / February / 29, 23h + 59min + 59s), "[29/Feb/2024:23:59:59 +0000]", "2024-02-29T23:59:59.000Z"},
        {at(year{1969} / December / 31, 23h + 59min + 59s + 5ms), "[31/Dec/1969:23:59:59 +0000]",
         "1969-12-31T23:59:59.005Z"},
        {at(year{2261} / December / 31, 1h), "[31/Dec/2261:01:00:00 +0000]", "2261-12-31T01:00:00.000Z"},
    };
    LineFormatter common(LogFormat::common), json(LogFormat::json);
    for (const auto& [time, want_common, want_json] : cases) {
        auto record = example();
        record.started = time;
        EXPECT_THAT(line_of(common, record), testing::HasSubstr(want_common));
        EXPECT_THAT(line_of(json, record), testing::HasSubstr("{\"time\":\"" + std::string(want_json) + "\""));
    }
}

TEST(LogFormat, durations_are_milliseconds_with_three_decimals)
{
    constexpr struct {
        base::Duration duration;
        const char* want;
    } cases[] = {{0ns, "0.000"},   {999ns, "0.000"},          {1us, "0.001"},
                 {1s, "1000.000"}, {61s + 50us, "61000.050"}, {-5s, "0.000"}};
    for (const auto& [duration, want] : cases) {
        auto record = example();
        record.duration = duration;
        EXPECT_THAT(line_of(LogFormat::json, record), testing::HasSubstr("\"duration_ms\":" + std::string(want) + ","));
    }
}

TEST(LogFormat, large_numbers_fit)
{
    auto record = example();
    record.content_bytes_sent = record.content_bytes_received = UINT64_MAX;
    record.duration = base::Duration::max();
    record.status = 999;
    EXPECT_THAT(line_of(LogFormat::common, record), testing::EndsWith(" 999 18446744073709551615"));
    EXPECT_THAT(line_of(LogFormat::json, record), testing::HasSubstr("\"duration_ms\":9223372036854.775,"));
}

}  // namespace
}  // namespace cais::server
