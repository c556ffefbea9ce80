#include "uri/http_url.h"

#include <gtest/gtest.h>

namespace cais::uri {
namespace {

struct Case {
    const char* name;
    const char* text;
    const char* want;  // "scheme host port authority target", or "refused"
};

constexpr Case cases[] = {
    {"s4_2_1_http", "http://example.org/a?b", "http example.org 80 example.org /a?b"},
    {"s4_2_2_https", "https://example.org/", "https example.org 443 example.org /"},
    {"rfc3986_s6_2_2_1_case", "HTTPS://Example.ORG/A", "https example.org 443 example.org /A"},
    {"rfc3986_s6_2_3_no_path", "https://example.org", "https example.org 443 example.org /"},
    {"rfc3986_s6_2_3_own_port", "https://example.org:443/", "https example.org 443 example.org /"},
    {"another_port", "https://example.org:14000/dir", "https example.org 14000 example.org:14000 /dir"},
    {"http_on_443", "http://example.org:443/", "http example.org 443 example.org:443 /"},
    {"ipv4", "http://127.0.0.1:8080/", "http 127.0.0.1 8080 127.0.0.1:8080 /"},
    {"ipv6", "https://[::1]:14000/", "https ::1 14000 [::1]:14000 /"},
    {"query_without_path", "http://a?b=c", "http a 80 a /?b=c"},
    {"fragment_is_ours", "http://a/b#c?d", "http a 80 a /b"},
    {"another_scheme", "ftp://a/", "refused"},
    {"no_scheme", "example.org/", "refused"},
    {"no_authority", "http:///a", "refused"},
    {"only_a_path", "http:/a", "refused"},
    {"s4_2_4_user_information", "http://user:secret@a/", "refused"},
    {"port_zero", "http://a:0/", "refused"},
    {"port_too_large", "http://a:65536/", "refused"},
    {"space", "http://a/b c", "refused"},
    {"line_end", "http://a/b\r\nHost: c", "refused"},
    {"non_ascii", "http://a/\xC3\xA9", "refused"},
    {"empty", "", "refused"},
};

class HttpUrlParse : public testing::TestWithParam<Case> {};
TEST_P(HttpUrlParse, parse)
{
    const auto url = HttpUrl::parse(GetParam().text);
    if (!url) {
        EXPECT_STREQ(GetParam().want, "refused") << url.error().what;
        return;
    }
    EXPECT_EQ((url->is_secure ? "https " : "http ") + url->host + " " + std::to_string(url->port) + " " +
                  url->authority + " " + url->target,
              GetParam().want);
    // What is written is read as the same.
    EXPECT_EQ(HttpUrl::parse(url->text()).value_or(HttpUrl{}), *url);
}
INSTANTIATE_TEST_SUITE_P(, HttpUrlParse, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

struct OfUrl {
    const char* name;
    const char* text;
    const char* want;  // as it is written again; empty: refused
};

constexpr OfUrl of_url[] = {
    {"a_word_for_words", "HTTP:\\\\Example.ORG:80\\a b?c d#e", "http://example.org/a%20b?c%20d"},
    {"ipv4_in_one_number", "http://2130706433/", "http://127.0.0.1/"},
    {"ipv6", "https://[0:0::1]:444", "https://[::1]:444/"},
    {"idna", "https://b\u00FCcher.example/\u00E9", "https://xn--bcher-kva.example/%C3%A9"},
    {"s4_2_4_user_information", "http://user@a/", ""},
    {"s4_2_4_password_alone", "http://:p@a/", ""},
    {"empty_user_information", "http://@a/", "http://a/"},
    {"port_zero", "http://a:0/", ""},
    {"another_scheme", "ftp://a/", ""},
    {"no_hierarchy", "data:,a", ""},
    {"rfc3986_s3_2_2_a_host_of_the_url_standard_alone", "http://a`b/", ""},
};

class HttpUrlOf : public testing::TestWithParam<OfUrl> {};
TEST_P(HttpUrlOf, of)
{
    const auto url = Url::parse(GetParam().text);
    ASSERT_TRUE(url) << url.error().what;
    const auto http = HttpUrl::of(*url);
    EXPECT_EQ(http ? http->text() : "", GetParam().want);
    if (http) EXPECT_EQ(HttpUrl::parse(http->text()).value_or(HttpUrl{}), *http);
}
INSTANTIATE_TEST_SUITE_P(, HttpUrlOf, testing::ValuesIn(of_url), [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::uri
