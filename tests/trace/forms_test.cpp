// The two forms of a story.
#include "trace/json_form.h"
#include "trace/private_file.h"
#include "trace/safe_text.h"
#include "trace/story.h"
#include "trace/text_form.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <regex>
#include <sstream>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::trace {
namespace {

using namespace std::string_view_literals;

struct Case {
    const char* name;
    std::string_view text;
    std::string_view terminal;
    std::string_view json;
};
constexpr Case cases[] = {
    {"plain", "abc \"x\" \xC3\xA9", "abc \"x\" \xC3\xA9", "\"abc \\\"x\\\" \xC3\xA9\""},
    {"escape", "\x1b[2J", "\\x1B[2J", "\"\\u001b[2J\""},
    {"line_ends", "a\r\nb\tc", "a\\x0D\\x0Ab\\x09c", "\"a\\r\\nb\\tc\""},
    {"nul_and_del", "\0\x7f"sv, "\\x00\\x7F", "\"\\u0000\\u007f\""},
    {"c1_as_utf8",
     "\xC2\x9B"
     "31m",
     "\\u{9B}31m", "\"\\u009b31m\""},
    {"c1_as_an_octet",
     "\x9B"
     "31m",
     "\\x9B31m",
     "\"\xEF\xBF\xBD"
     "31m\""},
    {"bidi_override",
     "\xE2\x80\xAE"
     "txt",
     "\\u{202E}txt", "\"\\u202etxt\""},
    {"bidi_isolate", "\xE2\x81\xA6", "\\u{2066}", "\"\\u2066\""},
    {"arabic_letter_mark", "\xD8\x9C", "\\u{61C}", "\"\\u061c\""},
    {"zero_width",
     "a\xE2\x80\x8B"
     "b",
     "a\\u{200B}b", "\"a\\u200bb\""},
    {"line_separator", "\xE2\x80\xA8", "\\u{2028}", "\"\\u2028\""},
    {"tag", "\xF3\xA0\x81\x81", "\\u{E0041}", "\"\\udb40\\udc41\""},
    {"byte_order_mark", "\xEF\xBB\xBF", "\\u{FEFF}", "\"\\ufeff\""},
    {"backslash", "\\x1B", "\\\\x1B", "\"\\\\x1B\""},
    {"overlong", "\xC0\xAF", "\\xC0\\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"surrogate", "\xED\xA0\x80", "\\xED\\xA0\\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"cut", "\xE2\x82", "\\xE2\\x82", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"emoji", "\xF0\x9F\x9A\xA2", "\xF0\x9F\x9A\xA2", "\"\xF0\x9F\x9A\xA2\""},
};
class SafeText : public testing::TestWithParam<Case> {};
TEST_P(SafeText, on_a_terminal_and_as_json)
{
    std::string terminal, json;
    append_safe(terminal, GetParam().text);
    append_safe_json(json, GetParam().text);
    EXPECT_EQ(terminal, GetParam().terminal);
    EXPECT_EQ(json, GetParam().json);
}
INSTANTIATE_TEST_SUITE_P(, SafeText, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(SafeTextOf, whatever_comes_no_control_and_no_broken_utf8_leaves)
{
    std::mt19937 random(7);
    for (int round = 0; round < 20000; ++round) {
        std::string text(random() % 12, '\0');
        for (auto& c : text) c = static_cast<char>(random() % 3 == 0 ? random() % 256 : 0xE0 + random() % 32);
        std::string terminal, json;
        append_safe(terminal, text);
        append_safe_json(json, text);
        for (const auto& shown : {terminal, json}) {
            ASSERT_TRUE(base::is_utf8(shown));
            for (const char c : shown) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
            ASSERT_EQ(shown.find("\xE2\x80\xAE"), std::string::npos);
            ASSERT_EQ(shown.find("\xC2\x9B"), std::string::npos);
        }
    }
}

std::string json_of(const Event& event, const Context& context = {}, Secrets secrets = Secrets::hidden)
{
    std::string line;
    append_json_time(line, std::chrono::microseconds(1500));
    append_json_event(line, context, event, secrets);
    return line;
}

std::string text_of_event(const Event& event, TextStyle style = {}, Context context = {})
{
    std::string line;
    append_text_time(line, std::chrono::microseconds(1500), style);
    append_text_event(line, context, event, style);
    return line;
}

TEST(JsonForm, an_event_of_an_exchange)
{
    const Field fields[] = {{"Host", "a.test"}, {"X", "\"\x1b"}};
    EXPECT_EQ(json_of(RequestHead{.method = "GET", .target = "/a", .version = "HTTP/1.1", .fields = fields},
                      {.side = Side::server, .connection = 3, .exchange = 7, .trace_parent = "00-x"}),
              R"({"t":1500,"event":"request.head","id":"x7","side":"server","connection":"c3","traceparent":"00-x",)"
              R"("method":"GET","target":"/a","version":"HTTP/1.1","fields":[["Host","a.test"],["X","\"\u001b"]]})"
              "\n");
}

TEST(JsonForm, an_event_of_a_connection)
{
    EXPECT_EQ(json_of(TlsMessage{Direction::sent, TlsMessage::handshake, 1, "ClientHello", 300}, {.connection = 3}),
              R"({"t":1500,"event":"tls.handshake","id":"c3","side":"client","direction":"sent",)"
              R"("content":"handshake","message":"ClientHello","type":1,"octets":300})"
              "\n");
    const std::string_view ip6[] = {"2001:db8::1", "2001:db8::2"};
    EXPECT_EQ(json_of(ResolveAnswer{.host = "a.test", .source = "dns", .ip6 = ip6, .ip4 = {}}),
              R"({"t":1500,"event":"resolve.answer","id":"trace","side":"client","host":"a.test","source":"dns",)"
              R"("ip6":["2001:db8::1","2001:db8::2"]})"
              "\n");
}

TEST(JsonForm, rfc9113_frames)
{
    const Setting settings[] = {{3, 100, "MAX_CONCURRENT_STREAMS"}, {99, 1}};
    EXPECT_EQ(
        json_of(Frame{.direction = Direction::received,
                      .stream = 0,
                      .type = 4,
                      .name = "SETTINGS",
                      .length = 12,
                      .settings = settings}),
        R"({"t":1500,"event":"http.frame","id":"trace","side":"client","http":2,"direction":"received","stream":0,)"
        R"("frame":"SETTINGS","type":4,"flags":0,"length":12,)"
        R"("settings":[{"name":"MAX_CONCURRENT_STREAMS","number":3,"value":100},{"number":99,"value":1}]})"
        "\n");
    EXPECT_EQ(
        json_of(Frame{
            .direction = Direction::sent, .stream = 1, .type = 1, .name = "HEADERS", .flags = 0x45, .length = 30}),
        R"({"t":1500,"event":"http.frame","id":"trace","side":"client","http":2,"direction":"sent","stream":1,)"
        R"("frame":"HEADERS","type":1,"flags":69,"flag_names":["END_STREAM","END_HEADERS"],"length":30})"
        "\n");
}

// What a field's value must not show, in any case of its name, in each event that has fields.
TEST(Secrets, are_hidden_unless_asked_for)
{
    const Field fields[] = {{"Authorization", "Basic hush1"},
                            {"proxy-authorization", "hush2"},
                            {"COOKIE", "a=hush3"},
                            {"Set-Cookie", "b=hush4"},
                            {"Accept", "open"}};
    const Event events[] = {
        RequestHead{.method = "GET", .target = "/", .version = "HTTP/1.1", .fields = fields},
        RequestHead{
            .method = "GET", .target = "/", .version = "HTTP/2", .fields = fields, .scheme = "https", .stream = 1},
        ResponseHead{.status = 200, .version = "HTTP/1.1", .fields = fields},
        ResponseHead{.status = 103, .version = "HTTP/2", .fields = fields, .is_interim = true, .stream = 1},
        Trailers{.of = Message::response, .fields = fields}};
    for (const auto& event : events) {
        for (const auto& line : {json_of(event), text_of_event(event), text_of_event(event, {.colour = Colour::on})}) {
            EXPECT_EQ(line.find("hush"), std::string::npos) << line;
            EXPECT_NE(line.find("open"), std::string::npos) << line;
            EXPECT_NE(line.find("(hidden"), std::string::npos) << line;
        }
        for (const auto& line : {json_of(event, {}, Secrets::shown), text_of_event(event, {.secrets = Secrets::shown})})
            for (const char* secret : {"hush1", "hush2", "hush3", "hush4"})
                EXPECT_NE(line.find(secret), std::string::npos) << line;
    }
}

TEST(TextForm, a_request_of_http_2)
{
    const Field fields[] = {{"accept", "*/*"}};
    EXPECT_EQ(text_of_event(RequestHead{.method = "GET",
                                        .target = "/users/1",
                                        .version = "HTTP/2",
                                        .fields = fields,
                                        .scheme = "https",
                                        .authority = "example.com",
                                        .stream = 1}),
              "      1.500 > stream        1 opened\n"
              "            > request       GET /users/1 HTTP/2\n"
              "                            :method: GET\n"
              "                            :scheme: https\n"
              "                            :authority: example.com\n"
              "                            :path: /users/1\n"
              "                            accept: */*\n");
}

TEST(TextForm, each_side_says_who_spoke)
{
    const ResponseHead head{.status = 200, .version = "HTTP/1.1", .reason = "OK"};
    EXPECT_EQ(text_of_event(head), "      1.500 < response      HTTP/1.1 200 OK\n");
    EXPECT_EQ(text_of_event(head, {.shows_ids = true}, {.side = Side::server, .connection = 1, .exchange = 12}),
              "      1.500 x12   > response      HTTP/1.1 200 OK\n");
}

TEST(TextForm, a_certificate_and_the_verdict)
{
    EXPECT_EQ(text_of_event(TlsVerification{.depth = 0,
                                            .subject = "CN=a",
                                            .holds = true,
                                            .outcome = "ok",
                                            .issuer = "CN=b",
                                            .key_type = "EC P-256",
                                            .key_bits = 256,
                                            .signature = "ecdsa-with-SHA256",
                                            .not_before = 1700000000,
                                            .not_after = 1800000000}),
              "      1.500 * certificate 0 CN=a\n"
              "                            key: EC P-256, 256 bits; signed with ecdsa-with-SHA256\n"
              "                            valid: 2023-11-14 22:13 UTC to 2027-01-15 08:00 UTC\n"
              "                            issuer: CN=b\n"
              "                            verdict: ok\n");
    EXPECT_EQ(text_of_event(TlsVerdict{.holds = true, .outcome = "ok", .host = "w.a", .matched_name = "*.a"}),
              "      1.500 * tls verified  the certificate's name *.a matches w.a\n");
    EXPECT_EQ(text_of_event(TlsVerdict{
                  .holds = false, .outcome = "certificate has expired", .host = "w.a", .is_required = false}),
              "      1.500 ! tls verified  certificate has expired; goes on all the same (-k)\n");
}

// Text of ours alone: with escapes only where colour is on, and none that came from a peer.
TEST(TextForm, no_control_of_a_peer_passes)
{
    const std::string_view evil = "\x1b]0;x\x07\r\n\xE2\x80\xAE\xC2\x9B";
    const Field fields[] = {{evil, evil}};
    const std::string_view texts[] = {evil};
    const Setting settings[] = {{1, 1, evil}};
    const Event events[] = {
        ResolveBegin{evil, 1},
        ResolveAnswer{.host = evil, .source = evil, .ip6 = texts, .ip4 = texts, .canonical_name = evil},
        ResolveFailure{evil, evil},
        RaceBegin{.addresses = std::span(texts, 1)},
        ConnectBegin{evil},
        Connected{evil, evil},
        ConnectFailure{evil, evil},
        ConnectCancelled{evil},
        ProxyUsed{.proxy = evil, .target = evil, .from = evil},
        ConnectionAccepted{evil, evil},
        ConnectionOpened{.peer = evil, .local = evil, .protocol = evil},
        ConnectionReused{.peer = evil, .protocol = evil},
        ConnectionKept{},
        ConnectionClosed{.why = evil},
        TlsOffer{Direction::sent, evil, texts, texts},
        TlsTrust{evil, evil, evil},
        TlsMessage{Direction::sent, TlsMessage::alert, 40, evil, 2},
        TlsVerification{.depth = 0,
                        .subject = evil,
                        .holds = true,
                        .outcome = evil,
                        .issuer = evil,
                        .key_type = evil,
                        .signature = evil},
        TlsVerdict{.holds = true, .outcome = evil, .host = evil, .matched_name = evil},
        TlsEstablished{.version = evil,
                       .cipher = evil,
                       .group = evil,
                       .signature = evil,
                       .protocol = evil,
                       .server_name = evil,
                       .peer_subject = evil},
        TlsKernel{true, false},
        TlsFailure{evil},
        Frame{.direction = Direction::sent,
              .stream = 1,
              .type = 7,
              .name = evil,
              .length = 1,
              .settings = settings,
              .error = 1,
              .error_name = evil,
              .text = evil},
        RequestHead{.method = evil,
                    .target = evil,
                    .version = evil,
                    .fields = fields,
                    .scheme = evil,
                    .authority = evil,
                    .protocol = evil,
                    .stream = 1},
        ResponseHead{.status = 200, .version = evil, .fields = fields, .reason = evil},
        ContentProgress{.of = Message::request, .octets = 1},
        Trailers{Message::request, fields},
        MessageEnd{Message::request},
        Routing{evil, evil, evil},
        Choice{evil, evil, evil, evil},
        CacheDecision{evil, evil, std::chrono::seconds(1)},
        Redirect{301, evil, evil, evil},
        Retry{2, evil},
        Failure{evil, evil},
        ExchangeEnd{}};
    EXPECT_EQ(std::size(events), std::variant_size_v<Event>);
    for (const auto& event : events) {
        const Context context{.exchange = 1, .trace_parent = evil};
        for (auto line : {text_of_event(event, {.shows_ids = true}, context), json_of(event, context)}) {
            std::erase(line, '\n');
            for (const char c : line) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) << name_of(event);
            EXPECT_EQ(line.find("\xE2\x80\xAE"), std::string::npos) << name_of(event);
            EXPECT_EQ(line.find("\xC2\x9B"), std::string::npos) << name_of(event);
        }
        const auto json = json_of(event, context);
        EXPECT_EQ(std::ranges::count(json, '\n'), 1);
    }
}

TEST(TextForm, durations)
{
    using namespace std::chrono_literals;
    EXPECT_EQ(text_of(base::Duration(45us)), "45 us");
    EXPECT_EQ(text_of(base::Duration(999us)), "999 us");
    EXPECT_EQ(text_of(base::Duration(1234us)), "1.23 ms");
    EXPECT_EQ(text_of(base::Duration(12345us)), "12.3 ms");
    EXPECT_EQ(text_of(base::Duration(123456us)), "123 ms");
    EXPECT_EQ(text_of(base::Duration(1234ms)), "1.23 s");
    EXPECT_EQ(text_of(base::Duration(61s)), "61.0 s");
    EXPECT_EQ(text_of(base::Duration(600s)), "600 s");
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

TEST(Story, begins_with_the_wall_clock_and_the_host)
{
    std::string text;
    Story json({.form = Form::json, .side = Side::server, .write = [&](std::string_view lines, std::uint64_t) {
                    text += lines;
                }});
    char host[256] = {};
    ASSERT_EQ(::gethostname(host, sizeof host - 1), 0);
    EXPECT_TRUE(
        std::regex_match(text, std::regex(R"(\{"t":0,"event":"trace\.begin","id":"trace","side":"server",)"
                                          R"("time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z","wall":\d{16},"host":")" +
                                          std::string(host) + "\"\\}\n")))
        << text;
    text.clear();
    Story words({.write = [&](std::string_view lines, std::uint64_t) { text += lines; }});
    EXPECT_NE(text.find(host), std::string::npos);
}

TEST(Story, time_never_decreases_whoever_speaks_first)
{
    std::string text;
    Story story({.form = Form::json, .write = [&](std::string_view lines, std::uint64_t) { text += lines; }});
    const auto now = base::now();
    const auto say = [&](int microseconds) {
        const auto lines = story.lines_of({}, ConnectionKept{});
        story.write(now + std::chrono::milliseconds(1) + std::chrono::microseconds(microseconds), lines);
    };
    say(100);
    say(40);
    say(200);
    const auto lines = lines_of(text);
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_EQ(lines[1].find("earlier"), std::string::npos);
    EXPECT_NE(lines[2].find("\"earlier\":60,"), std::string::npos) << lines[2];
    EXPECT_EQ(lines[3].find("earlier"), std::string::npos);
    const auto time = [](const std::string& line) { return std::stoll(line.substr(5)); };
    EXPECT_EQ(time(lines[1]), time(lines[2]));
    EXPECT_EQ(time(lines[1]) + 100, time(lines[3]));
}

TEST(Story, of_several_threads_is_whole_lines_in_order)
{
    std::string text;
    {
        Story story({.form = Form::json, .write = [&](std::string_view lines, std::uint64_t) { text += lines; }});
        std::vector<std::thread> threads;
        for (std::uint64_t i = 1; i <= 4; ++i)
            threads.emplace_back([&story, i] {
                const Context context{.listener = &story, .connection = i};
                for (int j = 0; j < 500; ++j) context.say(TlsFailure{"x"});
            });
        for (auto& thread : threads) thread.join();
    }
    const auto lines = lines_of(text);
    ASSERT_EQ(lines.size(), 2001u);
    long long before = 0;
    for (const auto& line : lines) {
        const auto time = std::stoll(line.substr(5));
        EXPECT_GE(time, before);
        before = time;
        EXPECT_TRUE(line.ends_with('}'));
    }
}

TEST(PrivateFile, is_for_its_owner_alone)
{
    char folder[] = "/tmp/cais-trace-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    const auto path = std::string(folder) + "/file";
    const auto mode = [&] {
        struct stat status{};
        EXPECT_EQ(::stat(path.c_str(), &status), 0);
        return status.st_mode & 07777;
    };
    const auto write = [&](Opened opened, std::string_view text) {
        auto file = open_private(path, opened);
        ASSERT_TRUE(file) << base::describe(file.error());
        EXPECT_EQ(::write(*file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
        ::close(*file);
    };
    const auto before = ::umask(0);
    write(Opened::anew, "one");
    EXPECT_EQ(mode(), 0600u);
    std::filesystem::permissions(path, std::filesystem::perms(0644));
    write(Opened::at_its_end, "two");
    EXPECT_EQ(mode(), 0600u);
    EXPECT_EQ(std::filesystem::file_size(path), 6u);
    write(Opened::anew, "three");
    EXPECT_EQ(std::filesystem::file_size(path), 5u);
    ::umask(before);
    EXPECT_EQ(open_private(std::string(folder) + "/none/file", Opened::anew).error().kind, Error::not_found);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cais::trace
