#include "server/client_address.h"

#include <gtest/gtest.h>

namespace cais::server {
namespace {

class NoWire final : public http::Wire {
public:
    io::Task<Result<void>> inform(http::Status, const http::Fields&) override { co_return Result<void>(); }
    io::Task<Result<void>> peer_gone() override { co_return Result<void>(); }
};

struct Case {
    const char* name;
    const char* peer;
    std::vector<std::pair<const char*, const char*>> fields;
    const char* want;  // with its port
};

// 10.0.0.0/8 and 2001:db8:1::/48 are trusted.
const Case cases[] = {
    {"nobody_is_named", "10.0.0.1:5000", {}, "10.0.0.1:5000"},
    {"not_trusted", "192.0.2.1:5000", {{"X-Forwarded-For", "198.51.100.7"}}, "192.0.2.1:5000"},
    {"one", "10.0.0.1:5000", {{"X-Forwarded-For", "198.51.100.7"}}, "198.51.100.7:0"},
    {"what_the_client_wrote_is_not_read",
     "10.0.0.1:5000",
     {{"X-Forwarded-For", "1.1.1.1, 198.51.100.7"}},
     "198.51.100.7:0"},
    {"through_two_of_ours", "10.0.0.1:5000", {{"X-Forwarded-For", "198.51.100.7, 10.0.0.2"}}, "198.51.100.7:0"},
    {"several_lines",
     "10.0.0.1:5000",
     {{"X-Forwarded-For", "198.51.100.7"}, {"X-Forwarded-For", "10.0.0.2"}},
     "198.51.100.7:0"},
    {"all_are_ours", "10.0.0.1:5000", {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}, "10.0.0.3:0"},
    {"with_a_port", "10.0.0.1:5000", {{"X-Forwarded-For", "198.51.100.7:4711"}}, "198.51.100.7:0"},
    {"ipv6", "10.0.0.1:5000", {{"X-Forwarded-For", "2001:db8::7"}}, "[2001:db8::7]:0"},
    {"ipv6_in_brackets", "[2001:db8:1::1]:5000", {{"X-Forwarded-For", "[2001:db8::7]:80"}}, "[2001:db8::7]:0"},
    {"nonsense_ends_it", "10.0.0.1:5000", {{"X-Forwarded-For", "198.51.100.7, unknown, 10.0.0.2"}}, "10.0.0.2:0"},
    {"nothing_but_nonsense", "10.0.0.1:5000", {{"X-Forwarded-For", "x"}}, "10.0.0.1:5000"},
    {"an_empty_field", "10.0.0.1:5000", {{"X-Forwarded-For", ""}}, "10.0.0.1:5000"},
    {"forwarded", "10.0.0.1:5000", {{"Forwarded", "for=198.51.100.7;proto=https;by=10.0.0.1"}}, "198.51.100.7:0"},
    {"forwarded_in_any_case_and_order",
     "10.0.0.1:5000",
     {{"Forwarded", "proto=https; For=198.51.100.7"}},
     "198.51.100.7:0"},
    {"forwarded_ipv6", "10.0.0.1:5000", {{"Forwarded", "for=\"[2001:db8::7]:4711\""}}, "[2001:db8::7]:0"},
    {"forwarded_several",
     "10.0.0.1:5000",
     {{"Forwarded", "for=1.1.1.1, for=198.51.100.7;by=\"a,b;for=9.9.9.9\", for=10.0.0.2"}},
     "198.51.100.7:0"},
    {"forwarded_hidden", "10.0.0.1:5000", {{"Forwarded", "for=198.51.100.7, for=_gazonk, for=10.0.0.2"}}, "10.0.0.2:0"},
    {"forwarded_without_for", "10.0.0.1:5000", {{"Forwarded", "by=10.0.0.2"}}, "10.0.0.1:5000"},
    {"the_older_field_counts",
     "10.0.0.1:5000",
     {{"Forwarded", "for=1.1.1.1"}, {"X-Forwarded-For", "198.51.100.7"}},
     "198.51.100.7:0"},
    {"mapped_ipv4_is_ipv4", "[::ffff:10.0.0.1]:5000", {{"X-Forwarded-For", "198.51.100.7"}}, "198.51.100.7:0"},
};
class ForwardedFor : public testing::TestWithParam<Case> {};
TEST_P(ForwardedFor, client)
{
    const std::vector<Network> trust = {*Network::parse("10.0.0.0/8"), *Network::parse("2001:db8:1::/48")};
    base::Arena arena;
    NoWire wire;
    http::Connection connection{*io::Address::parse(GetParam().peer)};
    http::Request request(arena, wire);
    request.connection = &connection;
    for (const auto& [name, value] : GetParam().fields) request.fields.add(name, value);
    EXPECT_EQ(client_address(request, trust).text(), GetParam().want);
    EXPECT_EQ(client_address(request, {}).text(), io::Address::parse(GetParam().peer)->text());
}
INSTANTIATE_TEST_SUITE_P(, ForwardedFor, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(ForwardedFor_, more_proxies_than_anybody_has)
{
    const std::vector<Network> trust = {*Network::parse("10.0.0.0/8")};
    base::Arena arena;
    NoWire wire;
    http::Connection connection{*io::Address::parse("10.0.0.1:1")};
    http::Request request(arena, wire);
    request.connection = &connection;
    std::string value = "198.51.100.7";
    for (int i = 0; i < 10'000; ++i) value += ",10.0.0.2";
    request.fields.add(http::Name::x_forwarded_for, value);
    EXPECT_EQ(client_address(request, trust).text(), "10.0.0.2:0");
}

}  // namespace
}  // namespace cais::server
