#include "uri/authority.h"

#include <gtest/gtest.h>

namespace cais::uri {
namespace {

struct Case {
    const char* text;
    const char* host;
    Authority::Kind kind;
    int port;  // -1: none
};

TEST(Authority, s3_2_2_taken)
{
    for (const Case& each : {
             Case{"example.com", "example.com", Authority::name, -1},
             {"EXAMPLE.com:80", "EXAMPLE.com", Authority::name, 80},
             {"a:", "a", Authority::name, -1},
             {"a:0", "a", Authority::name, 0},
             {"a:65535", "a", Authority::name, 65535},
             {"a:00080", "a", Authority::name, 80},
             {"a_b-c~d!$&'()*+,;=", "a_b-c~d!$&'()*+,;=", Authority::name, -1},
             {"a%20b", "a%20b", Authority::name, -1},
             {"1.2.3.4:8080", "1.2.3.4", Authority::ipv4, 8080},
             {"255.255.255.255", "255.255.255.255", Authority::ipv4, -1},
             {"1.2.3.256", "1.2.3.256", Authority::name, -1},
             {"1.2.3.04", "1.2.3.04", Authority::name, -1},
             {"127.1", "127.1", Authority::name, -1},
             {"1.2.3.4.", "1.2.3.4.", Authority::name, -1},
             {"[::1]", "::1", Authority::ipv6, -1},
             {"[::1]:443", "::1", Authority::ipv6, 443},
             {"[2001:DB8::1]:", "2001:DB8::1", Authority::ipv6, -1},
             {"[v1.a:b]", "v1.a:b", Authority::future, -1},
             {"[VF.~]:1", "VF.~", Authority::future, 1},
         }) {
        const auto got = parse_authority(each.text);
        ASSERT_TRUE(got) << each.text << ": " << got.error().what;
        EXPECT_EQ(got->host, each.host) << each.text;
        EXPECT_EQ(got->kind, each.kind) << each.text;
        EXPECT_EQ(got->port ? int{*got->port} : -1, each.port) << each.text;
    }
}

TEST(Authority, s3_2_2_refused)
{
    for (const char* bad : {"",
                            ":",
                            ":80",
                            "a:b",
                            "a:65536",
                            "a:100000",
                            "a:000080",
                            "a:-1",
                            "a:+1",
                            "a: 1",
                            "a:1 ",
                            "a:1:2",
                            " a",
                            "a ",
                            "a b",
                            "user@a",
                            "user:password@a",
                            "@a",
                            "a:1@b",
                            "a/b",
                            "a?b",
                            "a#b",
                            "a\\b",
                            "a\"b",
                            "a<b",
                            "a[b]",
                            "a%",
                            "a%2",
                            "a%zz",
                            "\xC3\xA9",
                            "a\x7F",
                            "[",
                            "[]",
                            "[]:80",
                            "[::1",
                            "::1",
                            "[::1]a",
                            "[::1]80",
                            "[::1]]",
                            "[[::1]]",
                            "[1.2.3.4]",
                            "[::1%25eth0]",
                            "[fe80::1%eth0]",
                            "[v.a]",
                            "[v1.]",
                            "[v1]",
                            "[1.a]",
                            "[vg.a]",
                            "[v1.a/b]"})
        EXPECT_FALSE(parse_authority(bad)) << bad;
}

TEST(Authority, s3_2_2_ipv6)
{
    for (const char* good :
         {"::", "::1", "1::", "1::2", "1:2:3:4:5:6:7:8", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "1:2:3::5:6:7:8",
          "fe80::1234:abCD", "::1.2.3.4", "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1::6:1.2.3.4", "0000:0:00:000::"})
        EXPECT_TRUE(is_ipv6(good)) << good;
    for (const char* bad : {"",
                            ":",
                            ":::",
                            "1",
                            "1:",
                            ":1",
                            "1:2:3:4:5:6:7",
                            "1:2:3:4:5:6:7:8:9",
                            "1:2:3:4:5:6:7:8::",
                            "::1:2:3:4:5:6:7:8",
                            "1::2::3",
                            "12345::",
                            "g::",
                            "1:::2",
                            "::1:",
                            "1:2:3:4:5:6:7:1.2.3.4",
                            "1.2.3.4::",
                            "::1.2.3",
                            "::1.2.3.256",
                            "::1.2.3.4:5",
                            "1.2.3.4",
                            "::01.2.3.4",
                            "1:2:3:4:5:6:7:8:",
                            "1 ::"})
        EXPECT_FALSE(is_ipv6(bad)) << bad;
}

}  // namespace
}  // namespace cais::uri
