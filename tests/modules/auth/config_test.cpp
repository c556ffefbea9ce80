#include "config/document.h"
#include "modules/auth/auth.h"

#include <gtest/gtest.h>

namespace cais::auth {
namespace {

struct Read {
    Config config;
    std::string said;
};

Read read(const std::string& value)
{
    const auto document = config::Document::of("site.toml", "auth = " + value + "\n");
    Read result;
    auto root = document->root();
    auto table = root.table("auth");
    if (table) result.config = Config::read(*table);
    document->report_unknown();
    for (const auto& line : document->diagnostics().lines()) result.said += line + "\n";
    return result;
}

TEST(AuthConfig, users_and_groups_of_each_way)
{
    const auto [config, said] = read(R"({ basic = ["ana", "@team"], digest = "bob", bearer = ["@robots"] })");
    EXPECT_EQ(said, "");
    EXPECT_EQ(config.basic.users, std::vector<std::string>{"ana"});
    EXPECT_EQ(config.basic.groups, std::vector<std::string>{"team"});
    EXPECT_EQ(config.digest.users, std::vector<std::string>{"bob"});
    EXPECT_EQ(config.bearer.groups, std::vector<std::string>{"robots"});
    EXPECT_FALSE(config.takes_certificates());
}

TEST(AuthConfig, certificates_by_user_by_subject_and_by_digest)
{
    const std::string digest =
        "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89";
    const auto [config, said] =
        read(R"({ certificate = ["ana", "@team", "CN=bob,O=Example", "sha256:)" + digest + R"("] })");
    EXPECT_EQ(said, "");
    EXPECT_EQ(config.certificate.users, std::vector<std::string>{"ana"});
    EXPECT_EQ(config.certificate.groups, std::vector<std::string>{"team"});
    EXPECT_EQ(config.subjects, std::vector<std::string>{"CN=bob,O=Example"});
    EXPECT_EQ(config.certificate_digests,
              std::vector<std::string>{"abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"});
    EXPECT_TRUE(config.takes_certificates());
}

struct Case {
    const char* name;
    const char* value;
    const char* said;
};
constexpr Case wrong[] = {
    {"nobody", "{}", "site.toml:1:8: error: `auth` lets nobody in\n"},
    {"unknown_way", R"({ basic = "ana", kerberos = "ana" })",
     "site.toml:1:25: error: unknown key `kerberos` in `auth`\n"},
    {"no_name", R"({ basic = ["ana", "@"] })",
     "site.toml:1:26: error: `@` cannot be the name of a group: it is empty\n"},
    {"no_user", R"({ basic = ["a b"] })",
     "site.toml:1:19: error: `a b` cannot be the name of a user: it has a space, a control character, or one of : , = "
     "/ \\ \"\n"},
    {"a_number", "{ basic = 1 }", nullptr},
    {"an_empty_list", "{ basic = [] }", nullptr},
    {"a_broken_digest", R"({ certificate = ["sha256:12"] })",
     "site.toml:1:25: error: what follows `sha256:` is not 64 hexadecimal digits\n"},
};
class WrongAuthConfig : public testing::TestWithParam<Case> {};
TEST_P(WrongAuthConfig, is_told)
{
    const auto [config, said] = read(GetParam().value);
    if (GetParam().said == nullptr) EXPECT_NE(said, "");
    else EXPECT_EQ(said, GetParam().said);
}
INSTANTIATE_TEST_SUITE_P(, WrongAuthConfig, testing::ValuesIn(wrong), [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::auth
