#include "modules/auth/password.h"

#include <gtest/gtest.h>

namespace cais::auth {
namespace {

// "secret", by the argon2 program.
constexpr const char* stored =
    "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$+v0rf6ETYAIpqJIjJyARZ3W3zqJlkf+0TRXzsLHmR6o";

TEST(Rfc9106Password, one_that_another_program_made)
{
    const auto hash = PasswordHash::parse(stored);
    ASSERT_TRUE(hash) << hash.error().what;
    EXPECT_EQ(hash->text(), stored);
    EXPECT_TRUE(*hash->fits("secret"));
    EXPECT_FALSE(*hash->fits("Secret"));
    EXPECT_FALSE(*hash->fits(""));
}

TEST(Rfc9106Password, ours_has_its_own_salt_and_is_read_again)
{
    const auto one = PasswordHash::make("p\xC3\xA4ss");
    const auto two = PasswordHash::make("p\xC3\xA4ss");
    ASSERT_TRUE(one && two);
    EXPECT_NE(one->text(), two->text());
    EXPECT_TRUE(one->text().starts_with("$argon2id$v=19$m=32768,t=3,p=1$")) << one->text();
    const auto again = PasswordHash::parse(one->text());
    ASSERT_TRUE(again);
    EXPECT_TRUE(*again->fits("p\xC3\xA4ss"));
    EXPECT_FALSE(*again->fits("pass"));
}

TEST(Rfc9106Password, nobody_has_none)
{
    const auto nobody = PasswordHash::nobody();
    EXPECT_FALSE(*nobody.fits(""));
    EXPECT_FALSE(*nobody.fits("secret"));
}

struct Case {
    const char* name;
    const char* text;
};
constexpr Case wrong[] = {
    {"nothing", ""},
    {"plain", "secret"},
    {"another_function",
     "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$+v0rf6ETYAIpqJIjJyARZ3W3zqJlkf+0TRXzsLHmR6o"},
    {"an_old_version",
     "$argon2id$v=16$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$+v0rf6ETYAIpqJIjJyARZ3W3zqJlkf+0TRXzsLHmR6o"},
    {"no_version", "$argon2id$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$+v0rf6ETYAIpqJIjJyARZ3W3zqJlkf+0TRXzsLHmR6o"},
    {"too_much_memory",
     "$argon2id$v=19$m=262145,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$+v0rf6ETYAIpqJIjJyARZ3W3zqJlkf+0TRXzsLHmR6o"},
    {"too_little_memory",
     "$argon2id$v=19$m=15,t=1,p=2$c2FsdHNhbHRzYWx0c2FsdA$+v0rf6ETYAIpqJIjJyARZ3W3zqJlkf+0TRXzsLHmR6o"},
    {"too_many_passes",
     "$argon2id$v=19$m=64,t=17,p=1$c2FsdHNhbHRzYWx0c2FsdA$+v0rf6ETYAIpqJIjJyARZ3W3zqJlkf+0TRXzsLHmR6o"},
    {"no_lanes", "$argon2id$v=19$m=64,t=1$c2FsdHNhbHRzYWx0c2FsdA$+v0rf6ETYAIpqJIjJyARZ3W3zqJlkf+0TRXzsLHmR6o"},
    {"another_order", "$argon2id$v=19$t=1,m=64,p=1$c2FsdHNhbHRzYWx0c2FsdA$+v0rf6ETYAIpqJIjJyARZ3W3zqJlkf+0TRXzsLHmR6o"},
    {"one_more_parameter",
     "$argon2id$v=19$m=64,t=1,p=1,data=AA$c2FsdHNhbHRzYWx0c2FsdA$+v0rf6ETYAIpqJIjJyARZ3W3zqJlkf+0TRXzsLHmR6o"},
    {"padding", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA==$+v0rf6ETYAIpqJIjJyARZ3W3zqJlkf+0TRXzsLHmR6o"},
    {"a_short_salt", "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$+v0rf6ETYAIpqJIjJyARZ3W3zqJlkf+0TRXzsLHmR6o"},
    {"a_short_hash", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$c2FsdA"},
    {"no_hash", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA"},
    {"something_behind",
     "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$+v0rf6ETYAIpqJIjJyARZ3W3zqJlkf+0TRXzsLHmR6o$"},
};
class WrongPhcString : public testing::TestWithParam<Case> {};
TEST_P(WrongPhcString, is_refused) { EXPECT_FALSE(PasswordHash::parse(GetParam().text)); }
INSTANTIATE_TEST_SUITE_P(, WrongPhcString, testing::ValuesIn(wrong), [](auto& info) { return info.param.name; });

TEST(Password, what_nobody_may_have)
{
    EXPECT_EQ(wrong_with_password("a"), "");
    EXPECT_EQ(wrong_with_password("a b:\xC3\xA4"), "");
    EXPECT_NE(wrong_with_password(""), "");
    EXPECT_NE(wrong_with_password("a\n"), "");
    EXPECT_NE(wrong_with_password("\xFF"), "");
    EXPECT_EQ(wrong_with_password(std::string(1024, 'a')), "");
    EXPECT_NE(wrong_with_password(std::string(1025, 'a')), "");
}

}  // namespace
}  // namespace cais::auth
