#include "modules/auth/bearer.h"
#include "modules/auth/digest.h"
#include "modules/auth/users.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cais::auth {
namespace {

constexpr const char* password =
    "password=$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$+v0rf6ETYAIpqJIjJyARZ3W3zqJlkf+0TRXzsLHmR6o";

TEST(UserLine, what_is_written_is_read_again)
{
    User user;
    user.name = "ana";
    user.groups = {"team", "editors"};
    user.password = *PasswordHash::parse(std::string_view(password).substr(9));
    user.digest = User::Digest{"a realm", digest_hash("ana", "a realm", "secret")};
    user.tokens.push_back({base::Seconds(std::chrono::seconds(1'767'225'600)), hash_of_token("cais_x")});
    const auto line = line_of(user);
    EXPECT_TRUE(line.starts_with(std::string("ana groups=team,editors ") + password + " digest=$sha-256$YSByZWFsbQ$"))
        << line;
    EXPECT_NE(line.find(" token=$sha-256$t=1767225600$"), std::string::npos) << line;
    const auto again = parse_user(line);
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_EQ(line_of(*again), line);
    EXPECT_TRUE(again->is_in("team"));
    EXPECT_FALSE(again->is_in("tea"));
    EXPECT_EQ(again->digest->realm, "a realm");
    EXPECT_EQ(again->tokens.at(0).made, user.tokens[0].made);
}

struct Case {
    const char* name;
    std::string line;
};
const Case wrong[] = {
    {"no_key", "ana secret"},
    {"unknown_key", "ana shell=/bin/sh"},
    {"password_twice", std::string("ana ") + password + " " + password},
    {"password_of_another_kind", "ana password=$2y$05$abc"},
    {"password_in_the_clear", "ana password=secret"},
    {"empty_group", "ana groups=team,"},
    {"group_with_at", "ana groups=@team"},
    {"groups_twice", "ana groups=a groups=b"},
    {"digest_without_realm", "ana digest=$sha-256$AAAA"},
    {"digest_too_short", "ana digest=$sha-256$Y2Fpcw$AAAA"},
    {"token_without_time", "ana token=$sha-256$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    {"token_of_no_time", "ana token=$sha-256$t=x$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    {"name_with_a_colon", "a:b"},
    {"name_of_a_group", "@team"},
    {"too_long", "ana groups=" + std::string(17'000, 'a')},
};
class WrongUserLine : public testing::TestWithParam<Case> {};
TEST_P(WrongUserLine, is_refused) { EXPECT_FALSE(parse_user(GetParam().line)); }
INSTANTIATE_TEST_SUITE_P(, WrongUserLine, testing::ValuesIn(wrong), [](auto& info) { return info.param.name; });

TEST(UserName, what_it_may_be)
{
    for (const char* name : {"ana", "Ana.B", "ana@example.com", "J\xC3\xA4s", "7", "a_b-c+d", "\xE6\xB8\xAF"})
        EXPECT_EQ(wrong_with_name(name), "") << name;
    for (const char* name : {"",
                             "@team",
                             "#ana",
                             "-g",
                             ".ana",
                             "$a",
                             "a b",
                             "a\tb",
                             "a:b",
                             "a,b",
                             "a=b",
                             "a/b",
                             "a\\b",
                             "a\"b",
                             "a\x7f",
                             "a\x01",
                             "\xFF",
                             "a\xC2\xA0"
                             "b",
                             "a\xE2\x80\x8B",
                             "a\xE2\x80\xAE"
                             "b",
                             "a\xEF\xBB\xBF",
                             "a\xC2\x85"})
        EXPECT_NE(wrong_with_name(name), "") << name;
    EXPECT_EQ(wrong_with_name(std::string(64, 'a')), "");
    EXPECT_NE(wrong_with_name(std::string(65, 'a')), "");
}

TEST(Users, are_found_by_name_userhash_and_token)
{
    const auto token = hash_of_token("cais_x");
    User bob;
    bob.name = "bob";
    bob.digest = User::Digest{"cais", digest_hash("bob", "cais", "secret")};
    bob.tokens.push_back({base::Seconds{}, token});
    const Users users("# those who may\n\nana " + std::string(password) + "\r\n" + line_of(bob), "cais");
    EXPECT_TRUE(users.mistakes().empty());
    ASSERT_EQ(users.all().size(), 2u);
    ASSERT_NE(users.find("ana"), nullptr);
    EXPECT_TRUE(users.find("ana")->password);
    EXPECT_EQ(users.find("Ana"), nullptr);
    EXPECT_EQ(users.find(""), nullptr);
    EXPECT_EQ(users.find_hashed(userhash_of("bob", "cais")), users.find("bob"));
    EXPECT_EQ(users.find_hashed(userhash_of("ana", "cais")), nullptr) << "nothing of hers is for Digest";
    EXPECT_EQ(users.find_token(token), users.find("bob"));
    EXPECT_EQ(users.find_token(hash_of_token("cais_y")), nullptr);
}

TEST(Users, a_broken_line_lets_nobody_in_and_is_told)
{
    const Users users("ana\nbob password=secret\ncarl\n", "cais");
    EXPECT_NE(users.find("ana"), nullptr);
    EXPECT_EQ(users.find("bob"), nullptr);
    EXPECT_NE(users.find("carl"), nullptr);
    ASSERT_EQ(users.mistakes().size(), 1u);
    EXPECT_EQ(users.mistakes()[0].line, 2u);
    EXPECT_EQ(users.mistakes()[0].what, "the stored password is no PHC string");
}

TEST(Users, of_two_with_one_name_neither)
{
    for (const char* text : {"ana\nbob\nana\n", "ana\nbob\nana broken\n", "ana broken\nbob\nana\n"}) {
        const Users users(text, "cais");
        EXPECT_EQ(users.find("ana"), nullptr) << text;
        EXPECT_NE(users.find("bob"), nullptr);
        EXPECT_THAT(users.mistakes(), testing::Contains(testing::Field(&Users::Mistake::line, 3)));
    }
}

TEST(Token, has_256_bits_and_survives_shells)
{
    const auto one = make_token();
    EXPECT_EQ(one.view().size(), 5u + 43u);
    EXPECT_TRUE(one.view().starts_with("cais_"));
    EXPECT_EQ(one.view().find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"),
              std::string_view::npos);
    EXPECT_NE(one.view(), make_token().view());
    EXPECT_EQ(*parse_bearer(one.view()), hash_of_token(one.view()));
    EXPECT_FALSE(parse_bearer("a b"));
    EXPECT_FALSE(parse_bearer(""));
}

TEST(Rfc6750Bearer, s3_challenge)
{
    EXPECT_EQ(bearer_challenge("cais", TokenState::none), R"(Bearer realm="cais")");
    EXPECT_EQ(bearer_challenge("cais", TokenState::invalid), R"(Bearer realm="cais", error="invalid_token")");
}

}  // namespace
}  // namespace cais::auth
