#include "server/host.h"
#include "server/network.h"

#include <gtest/gtest.h>

namespace cais::server {
namespace {

TEST(Host, has_one_spelling)
{
    constexpr struct {
        const char* text;
        Host::Kind kind;
        const char* name;
        const char* again;
    } cases[] = {
        {"example.com", Host::Kind::name, "example.com", "example.com"},
        {"Example.COM.", Host::Kind::name, "example.com", "example.com"},
        {"localhost", Host::Kind::name, "localhost", "localhost"},
        {"xn--bcher-kva.example", Host::Kind::name, "xn--bcher-kva.example", "xn--bcher-kva.example"},
        {"my_host.lan", Host::Kind::name, "my_host.lan", "my_host.lan"},
        {"*.Example.com", Host::Kind::wildcard, "example.com", "*.example.com"},
        {"*", Host::Kind::any, "", "*"},
        {"192.0.2.7", Host::Kind::address, "192.0.2.7", "192.0.2.7"},
        {"[2001:DB8::0:1]", Host::Kind::address, "2001:db8::1", "2001:db8::1"},
        {"2001:db8:0::1", Host::Kind::address, "2001:db8::1", "2001:db8::1"},
    };
    for (const auto& [text, kind, name, again] : cases) {
        const auto host = Host::parse(text);
        ASSERT_TRUE(host) << text << ": " << host.error().what;
        EXPECT_EQ(host->kind, kind) << text;
        EXPECT_EQ(host->name, name) << text;
        EXPECT_EQ(host->text(), again) << text;
    }
}

TEST(Host, that_is_none_is_refused)
{
    for (const std::string text : {"",
                                   ".",
                                   "a..b",
                                   ".a",
                                   "a b",
                                   "http://a",
                                   "a/b",
                                   "a:80",
                                   "[::1]:80",
                                   "**",
                                   "*a.b",
                                   "a.*",
                                   "*.*.a",
                                   "*.",
                                   "-a.b",
                                   "a-.b",
                                   "b\xC3\xBC"
                                   "cher.example",
                                   "1.2.3.256",
                                   "1.2.3",
                                   "a.1",
                                   "[1.2.3.4]",
                                   "a@b",
                                   "a%62"})
        EXPECT_FALSE(Host::parse(text)) << text;
    EXPECT_FALSE(Host::parse(std::string(64, 'a') + ".b"));
    EXPECT_TRUE(Host::parse(std::string(63, 'a') + ".b"));
    std::string longest;
    while (longest.size() < 250) longest += "a.";
    EXPECT_TRUE(Host::parse(longest + "com"));
    EXPECT_FALSE(Host::parse(longest + "comm"));
}

TEST(Host, is_local_where_nobody_else_can_own_it)
{
    for (const char* text : {"localhost", "a.localhost", "printer.local", "nas.lan", "x.home.arpa", "*.dev.test",
                             "127.0.0.1", "::1", "10.1.2.3", "fd00::1"})
        EXPECT_TRUE(Host::parse(text)->is_local()) << text;
    for (const char* text : {"example.com", "notlocalhost", "*", "192.0.2.1", "2001:db8::1", "arpa"})
        EXPECT_FALSE(Host::parse(text)->is_local()) << text;
}

TEST(Network, is_an_address_and_a_prefix)
{
    constexpr struct {
        const char* network;
        const char* address;
        bool want;
    } cases[] = {
        {"10.0.0.0/8", "10.255.0.1:1", true},
        {"10.0.0.0/8", "11.0.0.1:1", false},
        {"10.0.0.0/8", "[::ffff:10.0.0.1]:1", true},
        {"192.0.2.128/25", "192.0.2.200:1", true},
        {"192.0.2.128/25", "192.0.2.100:1", false},
        {"192.0.2.7", "192.0.2.7:9", true},
        {"192.0.2.7", "192.0.2.8:9", false},
        {"2001:db8::/32", "[2001:db8:1::1]:1", true},
        {"2001:db8::/32", "[2001:db9::1]:1", false},
        {"::/0", "[::1]:1", true},
        {"::/0", "127.0.0.1:1", false},
        {"0.0.0.0/0", "127.0.0.1:1", true},
    };
    for (const auto& [network, address, want] : cases) {
        const auto parsed = Network::parse(network);
        ASSERT_TRUE(parsed) << network << ": " << parsed.error().what;
        EXPECT_EQ(parsed->has(*io::Address::parse(address)), want) << network << " " << address;
    }
}

TEST(Network, that_is_none_is_refused)
{
    for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.1/8", "10.0.0.0/8/8",
                             "example.com", "10.0.0.0/-1", "10.0.0.0/ 8"})
        EXPECT_FALSE(Network::parse(text)) << text;
}

}  // namespace
}  // namespace cais::server
