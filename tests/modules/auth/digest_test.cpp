#include "modules/auth/digest.h"
#include "modules/auth/users.h"

#include <gtest/gtest.h>

namespace cais::auth {
namespace {

// RFC 7616 §3.9.1, with SHA-256.
const std::string example =
    R"(username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=SHA-256, )"
    R"(nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, )"
    R"(cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, )"
    R"(response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", )"
    R"(opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS")";

TEST(Rfc7616Digest, s3_9_1_example)
{
    const auto digest = parse_digest(example);
    ASSERT_TRUE(digest) << digest.error().what;
    EXPECT_EQ(digest->username, "Mufasa");
    EXPECT_EQ(digest->realm, "http-auth@example.org");
    EXPECT_EQ(digest->nc, 1u);
    EXPECT_FALSE(digest->is_hashed);
    const auto stored = digest_hash("Mufasa", "http-auth@example.org", "Circle of Life");
    EXPECT_EQ(digest_response(stored, *digest, "GET"), digest->response);
    EXPECT_NE(digest_response(stored, *digest, "HEAD"), digest->response);
}

std::string with(std::string_view what, std::string_view instead)
{
    std::string text = example;
    const auto at = text.find(what);
    return text.replace(at, what.size(), instead);
}

struct Case {
    const char* name;
    const char* what;
    const char* instead;
    bool is_read;
};
constexpr Case cases[] = {
    {"s3_4_quoted_qop_as_rfc9110_11_2_has_it", "qop=auth", "qop=\"auth\"", true},
    {"s3_4_names_in_any_case", "username=", "UserName=", true},
    {"s3_4_algorithm_in_any_case", "SHA-256", "sha-256", true},
    {"s3_4_no_algorithm_is_md5", "algorithm=SHA-256, ", "", false},
    {"s3_4_md5", "SHA-256", "MD5", false},
    {"s3_4_session", "SHA-256", "SHA-256-sess", false},
    {"s3_4_auth_int", "qop=auth", "qop=auth-int", false},
    {"s3_4_no_qop", "qop=auth, ", "", false},
    {"s3_4_no_cnonce", "cnonce", "conce", false},
    {"s3_4_no_nc", "nc=00000001, ", "", false},
    {"s3_4_nc_of_another_length", "nc=00000001", "nc=1", false},
    {"s3_4_nc_in_capitals", "nc=00000001", "nc=0000000A", false},
    {"s3_4_nc_of_zero", "nc=00000001", "nc=00000000", false},
    {"s3_4_no_name", "username=\"Mufasa\", ", "", false},
    {"s3_4_no_realm", "realm=\"http-auth@example.org\", ", "", false},
    {"s3_4_no_uri", "uri=\"/dir/index.html\", ", "", false},
    {"s3_4_no_nonce", " nonce=", " noce=", false},
    {"s3_4_response_too_short", "753927", "53927", false},
    {"s3_4_response_in_capitals", "cb6c1", "CB6C1", false},
    {"s3_4_two_names", "username=", "username*=UTF-8''a, username=", false},
    {"s3_4_4_userhash_is_a_boolean", "qop=auth", "qop=auth, userhash=maybe", false},
    {"s3_4_4_userhash_false", "qop=auth", "qop=auth, userhash=false", true},
    {"s3_4_twice", "qop=auth", "qop=auth, qop=auth", false},
    {"what_nobody_knows_is_passed_over", "qop=auth", "qop=auth, fresh=yes", true},
};
class Rfc7616Credentials : public testing::TestWithParam<Case> {};
TEST_P(Rfc7616Credentials, parse)
{
    ASSERT_NE(example.find(GetParam().what), std::string::npos);
    EXPECT_EQ(parse_digest(with(GetParam().what, GetParam().instead)).has_value(), GetParam().is_read);
}
INSTANTIATE_TEST_SUITE_P(, Rfc7616Credentials, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

// The name of §3.9.2's example.
TEST(Rfc7616Digest, s3_9_2_extended_name)
{
    auto digest = parse_digest(with(R"(username="Mufasa")", "username*=\"UTF-8''J%C3%A4s%C3%B8n%20Doe\""));
    ASSERT_TRUE(digest) << digest.error().what;
    EXPECT_EQ(digest->username, "J\xC3\xA4s\xC3\xB8n Doe");

    for (const char* wrong :
         {"username*=\"ISO-8859-1''a\"", "username*=\"UTF-8'a\"", "username*=\"UTF-8''%C3\"", "username*=\"UTF-8''%4\"",
          "username*=\"UTF-8''a b\"", "userhash=true, username*=\"UTF-8''a\""})
        EXPECT_FALSE(parse_digest(with(R"(username="Mufasa")", wrong))) << wrong;
}

TEST(Rfc7616Digest, s3_4_4_userhash)
{
    const auto digest = parse_digest(with("qop=auth", "qop=auth, userhash=true"));
    ASSERT_TRUE(digest);
    EXPECT_TRUE(digest->is_hashed);
    EXPECT_EQ(userhash_of("a", "b"), to_hex(sha256({"a:b"})));
}

TEST(Rfc7616Digest, s3_3_challenge)
{
    EXPECT_EQ(digest_challenge("cais", "abc", Staleness::fresh),
              R"(Digest realm="cais", qop="auth", algorithm=SHA-256, nonce="abc", charset=UTF-8, userhash=true)");
    EXPECT_TRUE(digest_challenge("cais", "abc", Staleness::stale).ends_with(", stale=true"));
}

}  // namespace
}  // namespace cais::auth
