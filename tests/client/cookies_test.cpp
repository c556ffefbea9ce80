#include "base/text.h"
#include "client/cookie_date.h"
#include "client/cookie_file.h"
#include "client/cookies.h"
#include "client/public_suffixes.h"
#include "http/date.h"

#include <array>
#include <boost/json.hpp>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace cais::client {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr base::Seconds now{std::chrono::seconds(1'300'000'000)};  // March 2011

boost::json::value conformance(const char* file)
{
    std::ifstream stream(CAIS_CONFORMANCE "/http-state/"s + file);
    EXPECT_TRUE(stream) << "tests/conformance/http-state/" << file << " is missing";
    std::ostringstream text;
    text << stream.rdbuf();
    return boost::json::parse(text.view());
}

uri::HttpUrl url_of(std::string_view text) { return uri::HttpUrl::parse(text).value(); }

TEST(Rfc6265Cookies, s5_cases_of_http_state)
{
    int cases = 0, disabled = 0;
    for (const auto& element : conformance("parser.json").as_array()) {
        const auto& row = element.as_object();
        std::string name(row.at("test").as_string());
        if (name.starts_with("DISABLED")) {
            ++disabled;
            continue;
        }
        ++cases;
        for (char& c : name) c = base::to_lower(c);
        const std::string site = "http://home.example.org:8888";
        CookieJar jar;
        for (const auto& line : row.at("received").as_array())
            (void)jar.set(url_of(site + "/cookie-parser?" + name), std::string(line.as_string()), now);
        std::string to = "/cookie-parser-result?" + name;
        if (const auto* const other = row.if_contains("sent-to")) to = other->as_string();
        if (to.starts_with('/')) to = site + to;
        std::string want;
        for (const auto& cookie : row.at("sent").as_array()) {
            if (!want.empty()) want += "; ";
            want.append(cookie.at("name").as_string()).append("=").append(cookie.at("value").as_string());
        }
        // Otherwise than in 2011: the last Domain counts, and an empty one is none (RFC 6265bis §5.6.3).
        if (name == "optional_domain0042") want = "foo=bar";
        EXPECT_EQ(jar.field(url_of(to), now), want) << boost::json::serialize(row);
    }
    EXPECT_EQ(cases, 218);
    EXPECT_EQ(disabled, 4);
}

TEST(Rfc6265Cookies, s5_1_1_dates_of_http_state)
{
    int cases = 0;
    for (const char* file : {"dates/examples.json", "dates/bsd-examples.json"})
        for (const auto& element : conformance(file).as_array()) {
            ++cases;
            const std::string text(element.at("test").as_string());
            const auto date = parse_cookie_date(text);
            std::array<char, http::date_octets> written{};
            const auto& want = element.at("expected");
            EXPECT_EQ(date ? http::write_date(*date, written) : "none",
                      want.is_null() ? "none" : std::string_view(want.as_string()))
                << text;
        }
    EXPECT_EQ(cases, 70);
}

struct Case {
    const char* name;
    const char* from;
    std::vector<std::string> lines;
    const char* to;
    const char* want;  // the field Cookie
};

const Case cases[] = {
    {"s5_6_a_pair", "http://a.test/", {"a=b"}, "http://a.test/x?y", "a=b"},
    {"s5_6_value_alone", "http://a.test/", {"abc"}, "http://a.test/", ""},
    {"s5_6_empty_name", "http://a.test/", {"=abc"}, "http://a.test/", ""},
    {"s5_6_nothing", "http://a.test/", {"", "=", " ; Path=/"}, "http://a.test/", ""},
    {"s5_6_control", "http://a.test/", {"a=b\x01", "a=b\x7F", "a=b\r"}, "http://a.test/", ""},
    {"s5_6_tab_is_none", "http://a.test/", {"a=b\tc"}, "http://a.test/", "a=b\tc"},
    {"s5_6_4096_octets", "http://a.test/", {"ab=" + std::string(4095, 'x')}, "http://a.test/", ""},
    {"s5_6_a_long_attribute_is_ignored",
     "http://a.test/b",
     {"a=b; Path=/" + std::string(1024, 'x')},
     "http://a.test/",
     "a=b"},
    {"s5_6_1_expired", "http://a.test/", {"a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, "http://a.test/", ""},
    {"s5_6_2_max_age_wins",
     "http://a.test/",
     {"a=b; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT"},
     "http://a.test/",
     "a=b"},
    {"s5_6_2_zero_removes", "http://a.test/", {"a=b", "a=c; Max-Age=0"}, "http://a.test/", ""},
    {"s5_6_2_negative_removes", "http://a.test/", {"a=b", "a=c; Max-Age=-99999999999999999999"}, "http://a.test/", ""},
    {"s5_6_2_no_number",
     "http://a.test/",
     {"a=b; Max-Age=1x", "c=d; Max-Age=", "e=f; Max-Age=-"},
     "http://a.test/",
     "a=b; c=d; e=f"},
    {"s5_6_2_enormous", "http://a.test/", {"a=b; Max-Age=99999999999999999999"}, "http://a.test/", "a=b"},
    {"s5_6_3_host_alone", "http://a.example.com/", {"a=b"}, "http://b.a.example.com/", ""},
    {"s5_6_3_domain", "http://a.example.com/", {"a=b; Domain=.Example.COM"}, "http://b.example.com/", "a=b"},
    {"s5_6_3_empty_domain", "http://a.example.com/", {"a=b; Domain="}, "http://b.example.com/", ""},
    {"s5_1_3_another_host", "http://a.example.com/", {"a=b; Domain=b.example.com"}, "http://b.example.com/", ""},
    {"s5_1_3_a_name_that_ends_so", "http://aexample.com/", {"a=b; Domain=example.com"}, "http://example.com/", ""},
    {"s5_1_3_ipv4", "http://192.0.2.1/", {"a=b; Domain=2.1"}, "http://192.0.2.1/", ""},
    {"s5_1_3_ipv4_itself", "http://192.0.2.1/", {"a=b; Domain=192.0.2.1"}, "http://192.0.2.1/", "a=b"},
    {"s5_1_3_ipv6", "http://[::1]/", {"a=b"}, "http://[::1]/", "a=b"},
    {"s5_7_public_suffix", "http://a.co.uk/", {"a=b; Domain=co.uk"}, "http://b.co.uk/", ""},
    {"s5_7_private_suffix", "http://a.github.io/", {"a=b; Domain=github.io"}, "http://b.github.io/", ""},
    {"s5_7_top_level", "http://a.test/", {"a=b; Domain=test"}, "http://b.test/", ""},
    {"s5_7_public_suffix_itself", "http://github.io/", {"a=b; Domain=github.io"}, "http://github.io/", "a=b"},
    {"s5_7_public_suffix_for_itself_alone", "http://github.io/", {"a=b; Domain=github.io"}, "http://b.github.io/", ""},
    {"s5_7_localhost", "http://localhost/", {"a=b; Domain=localhost"}, "http://localhost/", "a=b"},
    {"s5_7_non_ascii_domain", "http://a.test/", {"a=b; Domain=\xC3\xA9.test"}, "http://a.test/", ""},
    {"s5_1_4_default_path", "http://a.test/b/c", {"a=b"}, "http://a.test/b/d", "a=b"},
    {"s5_1_4_default_path_is_not_above", "http://a.test/b/c", {"a=b"}, "http://a.test/", ""},
    {"s5_1_4_on_segment_borders", "http://a.test/", {"a=b; Path=/b"}, "http://a.test/bc", ""},
    {"s5_1_4_the_path_itself", "http://a.test/", {"a=b; Path=/b"}, "http://a.test/b?c", "a=b"},
    {"s5_6_4_relative_path", "http://a.test/b/c", {"a=b; Path=x"}, "http://a.test/b/", "a=b"},
    {"s5_6_5_secure", "https://a.test/", {"a=b; Secure"}, "http://a.test/", ""},
    {"s5_6_5_secure_over_https", "https://a.test/", {"a=b; secure=no"}, "https://a.test:444/", "a=b"},
    {"s5_7_secure_from_http", "http://a.test/", {"a=b; Secure"}, "https://a.test/", ""},
    {"s5_6_7_none_wants_secure",
     "https://a.test/",
     {"a=b; SameSite=None", "c=d; SameSite=None; Secure"},
     "https://a.test/",
     "c=d"},
    {"s5_6_7_lax_and_strict_are_sent",
     "http://a.test/",
     {"a=b; SameSite=Lax", "c=d; SameSite=Strict"},
     "http://a.test/",
     "a=b; c=d"},
    {"s4_1_3_1_secure_prefix",
     "https://a.test/",
     {"__Secure-a=b", "__SECURE-c=d; Secure"},
     "https://a.test/",
     "__SECURE-c=d"},
    {"s4_1_3_2_host_prefix",
     "https://a.test/",
     {"__Host-a=b; Secure; Path=/; Domain=a.test", "__Host-c=d; Secure", "__Host-e=f; Path=/",
      "__Host-g=h; Secure; Path=/"},
     "https://a.test/",
     "__Host-g=h"},
    {"s4_1_3_prefix_in_a_value",
     "https://a.test/",
     {"=__Host-a=b; Secure; Path=/", "__Secure-a; Secure"},
     "https://a.test/",
     ""},
    {"s4_1_3_http_prefix",
     "https://a.test/",
     {"__Http-a=b; Secure", "__Http-c=d; Secure; HttpOnly", "__Host-Http-e=f; Secure; Path=/"},
     "https://a.test/",
     "__Http-c=d"},
    {"s5_8_longer_paths_first",
     "http://a.test/b/c",
     {"a=1; Path=/", "b=2; Path=/b", "c=3; Path=/"},
     "http://a.test/b",
     "b=2; a=1; c=3"},
    {"s5_7_replaced_in_its_place", "http://a.test/", {"a=1", "b=2", "a=3"}, "http://a.test/", "a=3; b=2"},
    {"s5_7_another_path_is_another", "http://a.test/", {"a=1", "a=2; Path=/b"}, "http://a.test/b", "a=2; a=1"},
    {"s8_5_ports_are_not_apart", "http://a.test:81/", {"a=1"}, "http://a.test:82/", "a=1"},
};

class Rfc6265bisCookies : public testing::TestWithParam<Case> {};
TEST_P(Rfc6265bisCookies, field)
{
    CookieJar jar;
    for (const auto& line : GetParam().lines) (void)jar.set(url_of(GetParam().from), line, now);
    EXPECT_EQ(jar.field(url_of(GetParam().to), now), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(, Rfc6265bisCookies, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(CookieJar, s5_7_secure_cookies_are_left_alone)
{
    CookieJar jar;
    ASSERT_TRUE(jar.set(url_of("https://a.example.com/"), "a=secret; Secure; Path=/b", now));
    EXPECT_EQ(jar.set(url_of("http://a.example.com/"), "a=x; Path=/b", now).error().kind, Error::denied);
    EXPECT_EQ(jar.set(url_of("http://b.a.example.com/"), "a=x; Path=/b/c; Domain=example.com", now).error().kind,
              Error::denied);
    EXPECT_TRUE(jar.set(url_of("http://a.example.com/"), "a=x; Path=/c", now));
    EXPECT_TRUE(jar.set(url_of("https://a.example.com/"), "a=new; Path=/b", now));
}

TEST(CookieJar, what_is_kept_of_a_cookie)
{
    CookieJar jar;
    ASSERT_TRUE(jar.set(url_of("https://a.test/b/c"), "a=b; HttpOnly; Secure; SameSite=strict; Max-Age=60", now));
    const Cookie want{.name = "a",
                      .value = "b",
                      .domain = "a.test",
                      .path = "/b",
                      .expires = now + 60s,
                      .is_host_only = true,
                      .is_secure = true,
                      .is_http_only = true,
                      .same_site = SameSite::strict};
    ASSERT_EQ(jar.size(), 1u);
    EXPECT_EQ(*jar.cookies()[0], want);
}

TEST(CookieJar, time)
{
    CookieJar jar;
    const auto url = url_of("http://a.test/");
    ASSERT_TRUE(jar.set(url, "a=b; Max-Age=10", now));
    ASSERT_TRUE(jar.set(url, "c=d", now));
    ASSERT_TRUE(jar.set(url, "e=f; Expires=Fri, 31 Dec 9999 23:59:59 GMT", now));
    EXPECT_EQ(jar.field(url, now + 9s), "a=b; c=d; e=f");
    EXPECT_EQ(jar.field(url, now + 10s), "c=d; e=f");
    EXPECT_EQ(jar.field(url, now + std::chrono::days(400)), "c=d");  // §5.5: no later
    jar.remove_session_cookies();
    EXPECT_EQ(jar.size(), 0u);
}

TEST(CookieJar, bounds)
{
    CookieJar jar;
    const auto url = url_of("https://a.test/");
    ASSERT_TRUE(jar.set(url, "plain=1", now));
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(jar.set(url, "s" + std::to_string(i) + "=1; Secure", now));
    EXPECT_EQ(jar.size(), CookieJar::most_of_domain);
    EXPECT_FALSE(jar.field(url, now).contains("plain="));
    EXPECT_FALSE(jar.field(url, now).contains("s19="));
    EXPECT_TRUE(jar.field(url, now).contains("s199="));
    for (int host = 0; host < 40; ++host)
        for (int i = 0; i < 100; ++i)
            ASSERT_TRUE(
                jar.set(url_of("http://h" + std::to_string(host) + ".test/"), "c" + std::to_string(i) + "=1", now));
    EXPECT_EQ(jar.size(), CookieJar::most_cookies);
    EXPECT_EQ(jar.field(url, now), "");
    EXPECT_NE(jar.field(url_of("http://h39.test/"), now), "");
}

TEST(CookieFile, is_read_as_curl_reads_it)
{
    const std::string text = "# Netscape HTTP Cookie File\n"
                             "\n"
                             ".example.com\tTRUE\t/\tFALSE\t1300000060\ta\tb c\n"
                             "#HttpOnly_www.example.com\tFALSE\t/x\tTRUE\t0\tsession\tv\r\n"
                             "www.example.com\tFALSE\t/\tFALSE\t0\tempty\n"
                             "www.example.com\tFALSE\t/\tFALSE\t0\ttab\ta\tb\n"
                             "www.example.com\tFALSE\t/\tFALSE\t1299999999\tover\tx\n"
                             ".co.uk\tTRUE\t/\tFALSE\t0\tsuffix\tx\n"
                             "www.example.com FALSE / FALSE 0 spaces x\n"
                             "..example.com\tFALSE\t/\tFALSE\t0\tdots\tx\n"
                             "a b\tFALSE\t/\tFALSE\t0\tspace\tx\n"
                             "www.example.com\tFALSE\t/\tFALSE\tnever\tdate\tx\n"
                             "www.example.com\tFALSE\t/\tFALSE\t0\t__Host-a\tx\n";
    CookieJar jar;
    const auto read = read_cookie_file(jar, text, now);
    EXPECT_EQ(read.taken, 5u);
    EXPECT_EQ(read.refused, 6u);
    EXPECT_EQ(read.first_refused, 8u);
    EXPECT_EQ(jar.field(url_of("https://www.example.com/x"), now), "session=v; a=b c; empty=; tab=a\tb");
    EXPECT_EQ(jar.field(url_of("http://b.example.com/x"), now), "a=b c");
    EXPECT_TRUE(jar.cookies()[1]->is_http_only);
}

TEST(CookieFile, what_is_written_is_read_as_the_same)
{
    CookieJar jar;
    ASSERT_TRUE(jar.set(url_of("https://a.example.com/b/c"), "a=b; HttpOnly; Secure; Max-Age=60", now));
    ASSERT_TRUE(jar.set(url_of("http://a.example.com/"), "c=; Domain=example.com; Path=/x y", now));
    ASSERT_TRUE(jar.set(url_of("http://a.example.com/"), "short=x; Max-Age=1", now));
    const std::string text = write_cookie_file(jar, now + 1s);
    EXPECT_EQ(text.substr(text.find("\n\n") + 2), "#HttpOnly_a.example.com\tFALSE\t/b\tTRUE\t1300000060\ta\tb\n"
                                                  ".example.com\tTRUE\t/x y\tFALSE\t0\tc\t\n");
    CookieJar again;
    EXPECT_EQ(read_cookie_file(again, text, now).refused, 0u);
    ASSERT_EQ(again.size(), 2u);
    EXPECT_EQ(*again.cookies()[0], *jar.cookies()[0]);
    EXPECT_EQ(*again.cookies()[1], *jar.cookies()[1]);
}

}  // namespace
}  // namespace cais::client
