#include "base/base64.h"
#include "modules/auth/basic.h"

#include <gtest/gtest.h>

namespace cais::auth {
namespace {

struct Case {
    const char* name;
    const char* token;
    bool is_read;
    const char* user;
    const char* password;
    bool is_possible;
};
const Case cases[] = {
    {"s2_example", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", true, "Aladdin", "open sesame", true},
    {"s2_1_example_in_utf8", "dGVzdDoxMjPCow==", true, "test", "123\xC2\xA3", true},
    {"s2_colons_in_the_password", "YTpiOmM6", true, "a", "b:c:", true},
    {"s2_no_colon", "YQ==", false, "", "", false},
    {"no_padding", "YTpi", true, "a", "b", true},
    {"padding_is_wanted", "YTpiYg", false, "", "", false},
    {"junk", "????", false, "", "", false},
    {"nothing", "", false, "", "", false},
    {"s2_1_latin_1_is_a_wrong_password", "dGVzdDoxMjOj", true, "test", "123\xA3", false},
    {"s2_a_control_character", "YToBYg==", true, "a",
     "\x01"
     "b",
     false},
    {"an_empty_password", "YTo=", true, "a", "", false},
    {"an_empty_name", "OmI=", true, "", "b", false},
};
class Rfc7617Basic : public testing::TestWithParam<Case> {};
TEST_P(Rfc7617Basic, parse)
{
    const auto got = parse_basic(GetParam().token);
    ASSERT_EQ(got.has_value(), GetParam().is_read);
    if (!got) return;
    EXPECT_EQ(got->name, GetParam().user);
    EXPECT_EQ(got->password.view(), GetParam().password);
    EXPECT_EQ(got->is_possible, GetParam().is_possible);
}
INSTANTIATE_TEST_SUITE_P(, Rfc7617Basic, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(Rfc7617, a_password_too_long_is_a_wrong_one)
{
    const auto got = parse_basic(base::to_base64("a:" + std::string(1025, 'x')));
    ASSERT_TRUE(got);
    EXPECT_FALSE(got->is_possible);
}

TEST(Rfc7617, s2_1_challenge) { EXPECT_EQ(basic_challenge("cais"), R"(Basic realm="cais", charset="UTF-8")"); }

}  // namespace
}  // namespace cais::auth
