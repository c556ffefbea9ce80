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

}  // namespace
}  // namespace cais::tls
