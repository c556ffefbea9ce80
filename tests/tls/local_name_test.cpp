#include "tls/local_name.h"

#include <gtest/gtest.h>

namespace cais::tls {
namespace {

struct Case {
    const char* name;
    std::string_view text;
    bool want;
};

constexpr Case cases[] = {
    {"localhost", "localhost", true},
    {"of_any_case", "LocalHost", true},
    {"rfc6761_6_3_below_localhost", "app.localhost", true},
    {"rfc6762_3_local", "printer.local", true},
    {"lan", "nas.lan", true},
    {"internal", "wiki.corp.internal", true},
    {"rfc8375_home_arpa", "router.home.arpa", true},
    {"arpa_is_not_ours", "arpa", false},
    {"nor_another_below_arpa", "in-addr.arpa", false},
    {"rfc6761_6_2_test", "a.b.test", true},
    {"wildcard", "*.dev.lan", true},
    {"wildcard_with_one_label_behind_it", "*.localhost", false},
    {"wildcard_of_two_labels", "*.home.arpa", true},
    {"wildcard_of_the_web", "*.example.com", false},
    {"wildcard_alone", "*", false},
    {"wildcard_twice", "*.*.lan", false},
    {"wildcard_inside", "a.*.lan", false},
    {"wildcard_in_a_label", "a*.lan", false},
    {"the_web", "example.com", false},
    {"not_a_whole_label", "notlocalhost", false},
    {"not_a_whole_label_of_two", "evilhome.arpa", false},
    {"domain_in_front", "localhost.example.com", false},
    {"single_label", "nas", false},
    {"empty", "", false},
    {"root_dot", "nas.lan.", false},
    {"empty_label", "nas..lan", false},
    {"leading_dot", ".lan", false},
    {"leading_hyphen", "-a.lan", false},
    {"trailing_hyphen", "a-.lan", false},
    {"underscore", "my_app.test", true},
    {"space", "a b.lan", false},
    {"comma", "a,DNS:example.com.lan", false},
    {"nul", std::string_view("a\0.lan", 6), false},
    {"not_ascii",
     "b\xC3\xBC"
     "cher.lan",
     false},
    {"a_label", "xn--bcher-kva.lan", true},
    {"label_of_63", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.lan", true},
    {"label_of_64", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.lan", false},
    {"ip4_loopback", "127.0.0.1", true},
    {"ip4_all_of_loopback", "127.255.0.9", true},
    {"rfc1918_10", "10.255.255.255", true},
    {"rfc1918_172_16", "172.16.0.1", true},
    {"rfc1918_172_31", "172.31.255.255", true},
    {"not_172_15", "172.15.255.255", false},
    {"not_172_32", "172.32.0.0", false},
    {"rfc1918_192_168", "192.168.1.1", true},
    {"not_192_169", "192.169.0.1", false},
    {"ip4_public", "192.0.2.1", false},
    {"ip4_any", "0.0.0.0", false},
    {"ip4_link_local", "169.254.1.1", false},
    {"ip4_shared", "100.64.0.1", false},
    {"ip4_with_a_port", "127.0.0.1:80", false},
    {"ip4_of_three_parts", "127.0.1", false},
    {"ip4_wildcard", "*.0.0.1", false},
    {"ip6_loopback", "::1", true},
    {"ip6_not_2", "::2", false},
    {"ip6_any", "::", false},
    {"rfc4193_fc", "fc00::1", true},
    {"rfc4193_fd", "fdff:ffff::1", true},
    {"ip6_public", "2001:db8::1", false},
    {"ip6_link_local", "fe80::1", false},
    {"ip6_with_a_zone", "fe80::1%eth0", false},
    {"ip6_mapped", "::ffff:127.0.0.1", false},
    {"ip6_brackets", "[::1]", false},
};

class LocalName : public testing::TestWithParam<Case> {};

TEST_P(LocalName, is_local_name) { EXPECT_EQ(is_local_name(GetParam().text), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(, LocalName, testing::ValuesIn(cases),
                         [](auto& info) { return std::string(info.param.name); });

TEST(LocalNameLength, name_of_254_is_none)
{
    std::string name = "lan";
    while (name.size() < 253) name.insert(0, "a.");
    EXPECT_EQ(name.size(), 253U);
    EXPECT_TRUE(is_local_name(name));
    EXPECT_FALSE(is_local_name("b" + name));
}

}  // namespace
}  // namespace cais::tls
