#include "acme/messages.h"

#include <gtest/gtest.h>
#include <string>

namespace cais::acme {
namespace {

std::string directory_words(std::string_view json)
{
    const auto directory = Directory::read(json);
    if (!directory) return "malformed";
    std::string words = directory->new_nonce + " " + directory->new_account + " " + directory->new_order;
    if (!directory->renewal_info.empty()) words += " ari=" + directory->renewal_info;
    if (directory->needs_external_account) words += " eab";
    for (const auto& profile : directory->profiles) words += " profile=" + profile;
    return words;
}

struct Case {
    const char* name;
    const char* json;
    const char* want;
};

constexpr Case directories[] = {
    {"s7_1_1_least", R"({"newNonce":"https://a/n","newAccount":"https://a/a","newOrder":"https://a/o"})",
     "https://a/n https://a/a https://a/o"},
    {"s7_1_1_all",
     R"({"newNonce":"https://a/n","newAccount":"https://a/a","newOrder":"https://a/o","revokeCert":"https://a/r",
         "renewalInfo":"https://a/i","meta":{"externalAccountRequired":true,"termsOfService":"https://a/t",
         "profiles":{"classic":"The same","shortlived":"Six days"}}})",
     "https://a/n https://a/a https://a/o ari=https://a/i eab profile=classic profile=shortlived"},
    {"what_is_not_known_is_passed_over",
     R"({"x":[{}],"newNonce":"https://a/n","newAccount":"https://a/a","newOrder":"https://a/o","meta":[1]})",
     "https://a/n https://a/a https://a/o"},
    {"s6_1_no_https", R"({"newNonce":"http://a/n","newAccount":"https://a/a","newOrder":"https://a/o"})", "malformed"},
    {"a_relative_url", R"({"newNonce":"/n","newAccount":"https://a/a","newOrder":"https://a/o"})", "malformed"},
    {"a_url_with_a_line_end", R"({"newNonce":"https://a/\r\n","newAccount":"https://a/a","newOrder":"https://a/o"})",
     "malformed"},
    {"one_is_missing", R"({"newNonce":"https://a/n","newAccount":"https://a/a"})", "malformed"},
    {"one_is_a_number", R"({"newNonce":1,"newAccount":"https://a/a","newOrder":"https://a/o"})", "malformed"},
    {"an_array", "[]", "malformed"},
    {"html", "<html>not here</html>", "malformed"},
    {"empty", "", "malformed"},
    {"deep", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "malformed"},
};

class Rfc8555Directory : public testing::TestWithParam<Case> {};
TEST_P(Rfc8555Directory, read) { EXPECT_EQ(directory_words(GetParam().json), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(, Rfc8555Directory, testing::ValuesIn(directories),
                         [](auto& info) { return info.param.name; });

std::string order_words(std::string_view json)
{
    constexpr const char* names[] = {"pending", "ready", "processing", "valid", "invalid"};
    const auto order = Order::read(json);
    if (!order) return "malformed";
    std::string words = names[static_cast<int>(order->status)];
    for (const auto& url : order->authorizations) words += " " + url;
    words += " " + order->finalize + " " + order->certificate;
    if (!order->error.text().empty()) words += " error: " + order->error.text();
    return words;
}

constexpr Case orders[] = {
    {"s7_1_3_pending",
     R"({"status":"pending","expires":"2030-01-01T00:00:00Z","identifiers":[{"type":"dns","value":"a.example"}],
         "authorizations":["https://a/1","https://a/2"],"finalize":"https://a/f"})",
     "pending https://a/1 https://a/2 https://a/f "},
    {"s7_1_3_valid", R"({"status":"valid","authorizations":[],"finalize":"https://a/f","certificate":"https://a/c"})",
     "valid https://a/f https://a/c"},
    {"s7_1_6_invalid",
     R"({"status":"invalid","authorizations":[],"finalize":"https://a/f",
         "error":{"type":"urn:ietf:params:acme:error:caa","detail":"CAA forbids"}})",
     "invalid https://a/f  error: CAA forbids (caa)"},
    {"valid_without_certificate", R"({"status":"valid","authorizations":[],"finalize":"https://a/f"})", "malformed"},
    {"another_status", R"({"status":"happy","authorizations":[],"finalize":"https://a/f"})", "malformed"},
    {"no_authorizations", R"({"status":"pending","finalize":"https://a/f"})", "malformed"},
    {"an_authorization_in_the_clear",
     R"({"status":"pending","authorizations":["http://a/1"],"finalize":"https://a/f"})", "malformed"},
    {"an_authorization_is_an_object", R"({"status":"pending","authorizations":[{}],"finalize":"https://a/f"})",
     "malformed"},
    {"no_finalize", R"({"status":"pending","authorizations":[]})", "malformed"},
};

class Rfc8555Order : public testing::TestWithParam<Case> {};
TEST_P(Rfc8555Order, read) { EXPECT_EQ(order_words(GetParam().json), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(, Rfc8555Order, testing::ValuesIn(orders), [](auto& info) { return info.param.name; });

TEST(Rfc8555Authorization, s8_only_challenges_that_can_be_answered)
{
    const auto authorization = Authorization::read(
        R"({"status":"pending","identifier":{"type":"dns","value":"a.example"},"challenges":[
            {"type":"http-01","url":"https://a/1","token":"abc_-09","status":"pending"},
            {"type":"x-01","url":"https://a/2","token":"abc","status":"pending"},
            {"type":"dns-01","url":"https://a/3","token":"../../etc","status":"pending"},
            {"type":"tls-alpn-01","url":"http://a/4","token":"abc","status":"pending"},
            {"type":"dns-persist-01","url":"https://a/5","status":"pending"}]})");
    ASSERT_TRUE(authorization);
    ASSERT_NE(authorization->find("http-01"), nullptr);
    EXPECT_EQ(authorization->find("http-01")->token, "abc_-09");
    EXPECT_NE(authorization->find("x-01"), nullptr);
    EXPECT_EQ(authorization->find("dns-01"), nullptr);  // its token is no base64url
    EXPECT_EQ(authorization->find("tls-alpn-01"), nullptr);
    EXPECT_EQ(authorization->find("dns-persist-01"), nullptr);
    EXPECT_FALSE(Authorization::read(R"({"status":"pending","identifier":{"type":"dns"},"challenges":[]})"));
    EXPECT_FALSE(Authorization::read(R"({"status":"pending","identifier":{"value":"a"},"challenges":[1]})"));
}

TEST(Rfc8555Problem, s6_7_is_shown_safely)
{
    EXPECT_EQ(Problem::read(R"({"type":"urn:ietf:params:acme:error:badNonce","detail":"no"})").type, "badNonce");
    EXPECT_EQ(Problem::read(R"({"type":"about:blank"})").text(), "about:blank");
    EXPECT_EQ(Problem::read("<html>").text(), "");
    EXPECT_EQ(Problem::read(R"({"detail":"a\n\u001b[31mb"})").text(), "a\\x0a\\x1b[31mb");
    EXPECT_EQ(Problem::read(R"({"type":"urn:ietf:params:acme:error:compound","detail":"Several",
                               "subproblems":[{"detail":"first"},{"detail":"second"}]})")
                  .text(),
              "Several; first (compound)");
    EXPECT_LT(Problem::read("{\"detail\":\"" + std::string(100'000, 'x') + "\"}").text().size(), 1000u);
}

constexpr Case moments[] = {
    {"utc", "2025-01-02T04:05:06Z", "1735790706"},
    {"lower_case", "2025-01-02t04:05:06z", "1735790706"},
    {"fraction", "2025-01-02T04:05:06.789Z", "1735790706"},
    {"offset", "2025-01-02T04:05:06+01:30", "1735785306"},
    {"offset_west", "2025-01-02T04:05:06-01:30", "1735796106"},
    {"leap_second", "2016-12-31T23:59:60Z", "1483228799"},
    {"leap_day", "2024-02-29T00:00:00Z", "1709164800"},
    {"no_leap_day", "2025-02-29T00:00:00Z", "none"},
    {"no_zone", "2025-01-02T04:05:06", "none"},
    {"space", "2025-01-02 04:05:06Z", "none"},
    {"hour_24", "2025-01-02T24:00:00Z", "none"},
    {"more", "2025-01-02T04:05:06Zx", "none"},
    {"empty_fraction", "2025-01-02T04:05:06.Z", "none"},
    {"sign", "+025-01-02T04:05:06Z", "none"},
    {"empty", "", "none"},
};

class Rfc3339Timestamp : public testing::TestWithParam<Case> {};
TEST_P(Rfc3339Timestamp, s5_6)
{
    const auto moment = parse_timestamp(GetParam().json);
    EXPECT_EQ(moment ? std::to_string(moment->time_since_epoch().count()) : "none", GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(, Rfc3339Timestamp, testing::ValuesIn(moments), [](auto& info) { return info.param.name; });

TEST(Rfc9773RenewalInfo, s4_2)
{
    const auto info = RenewalInfo::read(
        R"({"suggestedWindow":{"start":"2025-01-02T04:00:00Z","end":"2025-01-03T04:00:00Z"},"explanationURL":"x"})");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->end - info->start, std::chrono::hours(24));
    EXPECT_FALSE(
        RenewalInfo::read(R"({"suggestedWindow":{"start":"2025-01-03T04:00:00Z","end":"2025-01-02T04:00:00Z"}})"));
    EXPECT_FALSE(RenewalInfo::read(R"({"suggestedWindow":{"start":"2025-01-03T04:00:00Z"}})"));
    EXPECT_FALSE(RenewalInfo::read("{}"));
}

}  // namespace
}  // namespace cais::acme
