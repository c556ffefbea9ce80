#include "tls/client_hello.h"

#include <gtest/gtest.h>

namespace cais::tls {
namespace {

using namespace std::string_view_literals;

struct NameCase {
    const char* name;
    std::string_view extension;
    std::optional<std::string_view> want;
};
class Rfc6066ServerName : public testing::TestWithParam<NameCase> {};
TEST_P(Rfc6066ServerName, parse) { EXPECT_EQ(parse_server_name(GetParam().extension), GetParam().want); }
const NameCase names[] = {
    {"s3_a_host",
     "\0\x0e\0\0\x0b"
     "example.com"sv,
     "example.com"},
    {"s3_another_type_is_passed_over", "\0\x06\1\0\0\0\0\0"sv.substr(0, 8), std::nullopt},  // an empty host behind it
    {"s3_another_type_alone", "\0\x03\1\0\0"sv, ""},
    {"s3_one_of_a_type", "\0\x08\0\0\1a\0\0\1b"sv, std::nullopt},
    {"s3_an_empty_list", "\0\0"sv, std::nullopt},
    {"s3_an_empty_host", "\0\3\0\0\0"sv, std::nullopt},
    {"nothing", ""sv, std::nullopt},
    {"cut",
     "\0\x0e\0\0\x0b"
     "example.co"sv,
     std::nullopt},
    {"more_behind_it", "\0\4\0\0\1ax"sv, std::nullopt},
};
INSTANTIATE_TEST_SUITE_P(, Rfc6066ServerName, testing::ValuesIn(names), [](auto& info) { return info.param.name; });

TEST(ServerName, is_looked_up_in_lower_case_without_a_last_dot)
{
    EXPECT_EQ(normalise_server_name("Example.COM"), "example.com");
    EXPECT_EQ(normalise_server_name("example.com."), "example.com");
    EXPECT_EQ(normalise_server_name("2001:db8::1"), "2001:db8::1");
    for (const std::string_view wrong :
         {""sv, "."sv, ".example"sv, "a b"sv, "a/b"sv, "a\0b"sv, "caf\xc3\xa9.example"sv})
        EXPECT_EQ(normalise_server_name(wrong), std::nullopt) << wrong;
    EXPECT_EQ(normalise_server_name(std::string(254, 'a')), std::nullopt);
}

TEST(OfferedVersion, rfc8446_s4_2_1_of_the_extension_where_it_is_there)
{
    EXPECT_EQ(highest_version(0x0303, std::nullopt), 0x0303);
    EXPECT_EQ(highest_version(0x0301, std::nullopt), 0x0301);
    EXPECT_EQ(highest_version(0x0303, "\6\x7a\x7a\3\4\3\3"sv), 0x0304);  // GREASE does not count (RFC 8701)
    EXPECT_EQ(highest_version(0x0303, "\4\3\2\3\1"sv), 0x0302);
    EXPECT_EQ(highest_version(0x0303, "\2\x7f\x1c"sv), 0);
    EXPECT_EQ(highest_version(0x0303, ""sv), 0);
    EXPECT_EQ(highest_version(0x0303, "\3\3\4\3"sv), 0x0304);  // cut: what there is; OpenSSL refuses the message later
}

TEST(OfferedVersion, as_people_call_it)
{
    EXPECT_EQ(text_of_version(0x0002), "SSL 2.0");
    EXPECT_EQ(text_of_version(0x0300), "SSL 3.0");
    EXPECT_EQ(text_of_version(0x0301), "TLS 1.0");
    EXPECT_EQ(text_of_version(0x0304), "TLS 1.3");
    EXPECT_EQ(text_of_version(0x7F1C), "version 0x7F1C");
}

TEST(Rfc7301, s3_1_one_protocol_alone)
{
    EXPECT_TRUE(offers_only("\0\x0b\x0a"
                            "acme-tls/1"sv,
                            "acme-tls/1"));
    EXPECT_FALSE(offers_only("\0\x0e\x0a"
                             "acme-tls/1\2h2"sv,
                             "acme-tls/1"));
    EXPECT_FALSE(offers_only("\0\3\2h2"sv, "acme-tls/1"));
    EXPECT_FALSE(offers_only("\0\x0b\x0a"
                             "acme-tls/"sv,
                             "acme-tls/1"));
    EXPECT_FALSE(offers_only(""sv, "acme-tls/1"));
}

// A ClientHello with these extensions, each with its head.
std::string hello_with(std::string_view extensions, std::string_view session = "")
{
    const auto number = [](std::size_t n, int octets) {
        std::string text;
        for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) text += static_cast<char>(n >> shift & 255);
        return text;
    };
    std::string body = "\3\3" + std::string(32, 'r') + number(session.size(), 1) + std::string(session);
    body += number(2, 2) + "\x13\1" + number(1, 1) + std::string(1, '\0');
    if (!extensions.empty()) body += number(extensions.size(), 2) + std::string(extensions);
    return "\1" + number(body.size(), 3) + body;
}

TEST(Rfc8446ClientHello, s4_1_2_what_it_offers)
{
    const auto message = hello_with("\0\0\0\6\0\4\0\0\1a"           // server_name
                                    "\0\x10\0\5\0\3\2h2"            // ALPN
                                    "\0\x2b\0\7\6\x7a\x7a\3\4\3\3"  // supported_versions, with one of RFC 8701
                                    "\0\x29\0\1x"sv);               // pre_shared_key
    const auto hello = read_client_hello(message);
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->server_name, "a");
    EXPECT_EQ(hello->protocols, std::vector<std::string_view>{"h2"});
    EXPECT_EQ(hello->versions, (std::vector<std::uint16_t>{0x0304, 0x0303}));
    EXPECT_TRUE(hello->has_session);

    const auto older = hello_with("", "session");
    const auto seen = read_client_hello(older);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->versions, std::vector<std::uint16_t>{0x0303});
    EXPECT_TRUE(seen->has_session);
}

TEST(Rfc8446ClientHello, is_nothing_where_it_is_cut_or_goes_on)
{
    const auto message = hello_with("\0\x10\0\5\0\3\2h2"sv);
    ASSERT_TRUE(read_client_hello(message));
    for (std::size_t i = 0; i < message.size(); ++i) {
        auto cut = message.substr(0, i);
        EXPECT_FALSE(read_client_hello(cut)) << i;
    }
    EXPECT_FALSE(read_client_hello(message + "x"));
    auto other = message;
    other[0] = 2;
    EXPECT_FALSE(read_client_hello(other));
    EXPECT_FALSE(read_client_hello(hello_with("\0\x10\0\5\0\3\3h2"sv)));
}

}  // namespace
}  // namespace cais::tls
