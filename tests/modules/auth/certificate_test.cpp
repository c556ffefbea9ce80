#include "modules/auth/certificate.h"

#include <gtest/gtest.h>

namespace cais::auth {
namespace {

struct Case {
    const char* name;
    const char* subject;
    const char* want;  // null: none
};
constexpr Case cases[] = {
    {"s4_plain", "CN=ana,O=Example", "ana"},
    {"not_the_first", "UID=7,CN=ana", "ana"},
    {"with_others_in_one_rdn", "OU=Sales+CN=ana,DC=example", "ana"},
    {"by_its_number", "2.5.4.3=ana", "ana"},
    {"in_any_case", "cn=ana", "ana"},
    {"white_space_after_the_comma", "O=Example, CN=ana", "ana"},
    {"s3_escaped_comma", "CN=ana\\, the first,O=Example", "ana, the first"},
    {"s3_escaped_octets", "CN=J\\C3\\A4s,O=Example", "J\xC3\xA4s"},
    {"a_name_within_another_value", "O=x\\,CN=ana", nullptr},
    {"two", "CN=ana,CN=bob", nullptr},
    {"none", "O=Example", nullptr},
    {"s2_4_hexadecimal", "CN=#0C03616E61", nullptr},
    {"no_utf8", "CN=\\FF", nullptr},
    {"nul", "CN=ana\\00bob", nullptr},
    {"broken_escape", "CN=ana\\", nullptr},
    {"broken_pair", "CN=ana\\C", nullptr},
    {"nothing", "", nullptr},
    {"empty", "CN=,O=Example", nullptr},
    {"no_attribute", "ana", nullptr},
};
class Rfc4514CommonName : public testing::TestWithParam<Case> {};
TEST_P(Rfc4514CommonName, found)
{
    const auto got = common_name(GetParam().subject);
    ASSERT_EQ(got.has_value(), GetParam().want != nullptr);
    if (got) EXPECT_EQ(*got, GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(, Rfc4514CommonName, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::auth
