#include "io/address.h"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include <netinet/in.h>
#include <sys/socket.h>

namespace cais::io {
namespace {

using namespace std::string_view_literals;

struct Case {
    const char* name;
    std::string_view text;
    const char* want;  // what text() gives, or null where it is refused
};

constexpr Case cases[] = {
    {"ip4", "127.0.0.1:80", "127.0.0.1:80"},
    {"ip4_any", "0.0.0.0:0", "0.0.0.0:0"},
    {"ip4_all_ones", "255.255.255.255:65535", "255.255.255.255:65535"},
    {"ip4_digits_of_each_length", "1.20.100.209:8", "1.20.100.209:8"},
    {"ip6_loopback", "[::1]:8080", "[::1]:8080"},
    {"ip6_any", "[::]:0", "[::]:0"},
    {"ip6_in_full", "[2001:0db8:0000:0000:0000:0000:0000:0001]:443", "[2001:db8::1]:443"},
    {"ip6_capitals", "[2001:DB8::A]:443", "[2001:db8::a]:443"},  // RFC 5952 §4.3
    {"ip6_mapped", "[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.1]:1"},
    {"port_with_zeros", "127.0.0.1:0080", "127.0.0.1:80"},

    {"empty", "", nullptr},
    {"no_port", "127.0.0.1", nullptr},
    {"empty_port", "127.0.0.1:", nullptr},
    {"only_a_port", ":80", nullptr},
    {"just_a_number", "80", nullptr},
    {"port_too_large", "127.0.0.1:65536", nullptr},
    {"port_far_too_large", "127.0.0.1:18446744073709551617", nullptr},
    {"port_negative", "127.0.0.1:-1", nullptr},
    {"port_with_sign", "127.0.0.1:+80", nullptr},
    {"port_with_space", "127.0.0.1: 80", nullptr},
    {"port_in_hex", "127.0.0.1:0x50", nullptr},
    {"name", "localhost:80", nullptr},
    {"ip4_three_parts", "127.0.1:80", nullptr},
    {"ip4_five_parts", "127.0.0.0.1:80", nullptr},
    {"ip4_part_too_large", "127.0.0.256:80", nullptr},
    {"ip4_octal", "127.0.0.01:80", nullptr},
    {"ip4_hex", "0x7f.0.0.1:80", nullptr},
    {"ip4_in_brackets", "[127.0.0.1]:80", nullptr},
    {"ip4_with_space", " 127.0.0.1:80", nullptr},
    {"ip4_with_nul", "127.0.0.1\0.example:80"sv, nullptr},
    {"ip6_without_brackets", "::1:80", nullptr},
    {"ip6_half_a_bracket", "[::1:80", nullptr},
    {"ip6_other_half", "::1]:80", nullptr},
    {"ip6_empty", "[]:80", nullptr},
    {"ip6_no_port", "[::1]", nullptr},
    {"ip6_octets_after_bracket", "[::1]x:80", nullptr},
    {"ip6_twice_compressed", "[1::2::3]:80", nullptr},
    {"ip6_zone", "[fe80::1%eth0]:80", nullptr},
    {"ip6_with_nul", "[::1\0]:80"sv, nullptr},
    {"one_bracket", "[:80", nullptr},
};
class AddressParse : public testing::TestWithParam<Case> {};
TEST_P(AddressParse, takes_or_refuses)
{
    const auto address = Address::parse(GetParam().text);
    if (GetParam().want == nullptr) {
        ASSERT_FALSE(address) << address->text();
        EXPECT_EQ(address.error().kind, Error::malformed);
        return;
    }
    ASSERT_TRUE(address) << address.error().what;
    EXPECT_EQ(address->text(), GetParam().want);

    // What we write, we read; what the kernel gets, it gives back.
    const auto again = Address::parse(address->text());
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, *address);
    sockaddr_storage socket_address;
    const unsigned length = address->fill(socket_address);
    EXPECT_EQ(length, address->family == Address::Family::ip4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    EXPECT_EQ(Address::of(socket_address), *address);

    char text[46];
    EXPECT_EQ(std::string(text, address->write_ip(text)), address->ip_text());
}
INSTANTIATE_TEST_SUITE_P(, AddressParse, testing::ValuesIn(cases), [](const auto& info) { return info.param.name; });

TEST(Address, the_longest_fits)
{
    const auto address = Address::parse("[2001:db8:1111:2222:3333:4444:5555:6666]:65535");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->text(), "[2001:db8:1111:2222:3333:4444:5555:6666]:65535");
}

TEST(Address, of_another_family_is_none)
{
    sockaddr_storage local{};
    local.ss_family = AF_UNIX;
    const Address address = Address::of(local);
    EXPECT_EQ(address.family, Address::Family::none);
    EXPECT_EQ(address.ip_text(), "");
    sockaddr_storage filled;
    EXPECT_GT(address.fill(filled), 0u);
    EXPECT_EQ(filled.ss_family, AF_UNSPEC) << "never the wildcard by accident";
}

}  // namespace
}  // namespace cais::io
