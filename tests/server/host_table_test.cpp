#include "server/host_table.h"

#include <gtest/gtest.h>

namespace cais::server {
namespace {

HostTable table_of(std::initializer_list<const char*> hosts)
{
    HostTable table;
    std::uint32_t site = 0;
    for (const char* host : hosts) table.add(*Host::parse(host), site++);
    return table;
}

struct Case {
    const char* name;
    const char* authority;
    int want;  // the site; -1: none
};

// 0: example.com  1: *.example.com  2: www.example.com  3: 192.0.2.7  4: 2001:db8::1
constexpr Case cases[] = {
    {"exact", "example.com", 0},
    {"in_any_case", "EXAMPLE.Com", 0},
    {"with_a_port", "example.com:8080", 0},
    {"with_an_empty_port", "example.com:", 0},
    {"with_a_last_dot", "example.com.", 0},
    {"with_a_last_dot_and_a_port", "Example.com.:80", 0},
    {"with_two_last_dots", "example.com..", -1},
    {"exact_beats_the_wildcard", "www.example.com", 2},
    {"wildcard", "a.example.com", 1},
    {"wildcard_is_one_label", "a.b.example.com", -1},
    {"wildcard_is_not_none", ".example.com", -1},
    {"a_name_that_ends_alike", "badexample.com", -1},
    {"another", "example.org", -1},
    {"none", "", -1},
    {"a_dot", ".", -1},
    {"ipv4", "192.0.2.7", 3},
    {"ipv4_with_a_port", "192.0.2.7:80", 3},
    {"another_ipv4", "192.0.2.8", -1},
    {"ipv6", "[2001:db8::1]", 4},
    {"ipv6_with_a_port", "[2001:db8::1]:443", 4},
    {"ipv6_in_another_spelling", "[2001:0DB8:0:0::0:1]", 4},
    {"another_ipv6", "[2001:db8::2]", -1},
    {"a_future_address", "[v1.x]", -1},
    {"escapes_are_no_spelling", "ex%61mple.com", -1},
};
class HostChoice : public testing::TestWithParam<Case> {};
TEST_P(HostChoice, site)
{
    const auto table = table_of({"example.com", "*.example.com", "www.example.com", "192.0.2.7", "2001:db8::1"});
    const auto found = table.find(GetParam().authority);
    EXPECT_EQ(found ? static_cast<int>(found->site) : -1, GetParam().want);
}
TEST_P(HostChoice, site_or_the_default_one)
{
    const auto table = table_of({"example.com", "*.example.com", "www.example.com", "192.0.2.7", "2001:db8::1", "*"});
    const auto found = table.find(GetParam().authority);
    ASSERT_TRUE(found);
    EXPECT_EQ(static_cast<int>(found->site), GetParam().want < 0 ? 5 : GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(, HostChoice, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(HostTable, names_that_are_too_long)
{
    const auto table = table_of({"example.com"});
    for (const std::size_t length : {254u, 255u, 256u, 257u, 8000u})
        EXPECT_FALSE(table.find(std::string(length, 'a'))) << length;
    EXPECT_FALSE(table.find("[" + std::string(5000, '1') + "]"));
}

}  // namespace
}  // namespace cais::server
