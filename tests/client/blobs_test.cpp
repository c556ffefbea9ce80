#include "client/blobs.h"

#include <gtest/gtest.h>
#include <regex>

namespace cais::client {
namespace {

uri::Url url_of(std::string_view text) { return uri::Url::parse(text).value(); }

TEST(BlobStore, put_fetch_revoke)
{
    BlobStore store;
    const auto url = store.put("0123456789", "Text/PLAIN", "https://example.org:8443");
    ASSERT_TRUE(url);
    const std::regex form(
        "blob:https://example\\.org:8443/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    EXPECT_TRUE(std::regex_match(*url, form)) << *url;
    EXPECT_EQ(url_of(*url).text(), *url);
    EXPECT_EQ(url_of(*url).origin(), "https://example.org:8443");

    const auto answer = store.fetch(url_of(*url + "#part"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->octets.view, "0123456789");
    EXPECT_EQ(answer->type, "text/plain");
    EXPECT_EQ(answer->length, 10u);
    EXPECT_FALSE(answer->range);
    EXPECT_EQ(answer->content_range(), "");
    EXPECT_EQ(store.fetch(url_of(*url + "?query")).error().kind, Error::not_found);

    EXPECT_TRUE(store.revoke(url_of(*url)));
    EXPECT_FALSE(store.revoke(url_of(*url)));
    EXPECT_EQ(store.fetch(url_of(*url)).error().kind, Error::not_found);
    EXPECT_EQ(answer->octets.view, "0123456789");  // what was fetched stays
}

TEST(BlobStore, urls_differ)
{
    BlobStore store;
    EXPECT_NE(*store.put("a", "", "null"), *store.put("a", "", "null"));
    EXPECT_EQ(store.size(), 2u);
}

TEST(BlobStore, another_scheme) { EXPECT_EQ(BlobStore().fetch(url_of("data:,a")).error().kind, Error::unsupported); }

TEST(BlobStore, a_type_that_is_none)
{
    BlobStore store;
    for (const char* type : {"text/pl\xC3\xA1in", "a/b\n", ""})
        EXPECT_EQ(store.fetch(url_of(*store.put("", type, "null")))->type, "") << type;
}

struct Case {
    const char* name;
    const char* range;
    const char* want;  // the octets; empty: refused
    const char* content_range;
};

constexpr Case cases[] = {
    // of "0123456789"
    {"first_and_last", "bytes=2-4", "234", "bytes 2-4/10"},
    {"to_the_end", "bytes=7-", "789", "bytes 7-9/10"},
    {"last_behind_the_end", "bytes=7-99999999999999999999999", "789", "bytes 7-9/10"},
    {"one", "bytes=0-0", "0", "bytes 0-0/10"},
    {"suffix", "bytes=-3", "789", "bytes 7-9/10"},
    {"suffix_longer_than_all", "bytes=-11", "0123456789", "bytes 0-9/10"},
    {"spaces", "bytes \t=  1 - 2 ", "12", "bytes 1-2/10"},
    {"begins_at_the_end", "bytes=10-", "", ""},
    {"no_octets", "bytes=-0", "", ""},
    {"backwards", "bytes=4-2", "", ""},
    {"neither", "bytes=-", "", ""},
    {"two", "bytes=0-1,3-4", "", ""},
    {"another_unit", "pages=0-1", "", ""},
    {"upper_case", "Bytes=0-1", "", ""},
    {"no_number", "bytes=a-b", "", ""},
    {"no_dash", "bytes=1", "", ""},
};

class BlobRange : public testing::TestWithParam<Case> {};
TEST_P(BlobRange, fetch)
{
    BlobStore store;
    const auto url = url_of(*store.put("0123456789", "a/b", "null"));
    const auto answer = store.fetch(url, GetParam().range);
    if (*GetParam().want == '\0') {
        EXPECT_EQ(answer.error().kind, Error::malformed);
        return;
    }
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(answer->octets.view, GetParam().want);
    EXPECT_EQ(answer->content_range(), GetParam().content_range);
    EXPECT_EQ(answer->length, 10u);
}
INSTANTIATE_TEST_SUITE_P(, BlobRange, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(BlobStore, bounds)
{
    BlobStore store({.blobs = 2, .octets = 10});
    const auto url = store.put("01234", "", "null");
    EXPECT_EQ(store.put("012345", "", "null").error().kind, Error::exhausted);
    ASSERT_TRUE(store.put("01234", "", "null"));
    EXPECT_EQ(store.put("", "", "null").error().kind, Error::exhausted);
    EXPECT_TRUE(store.revoke(url_of(*url)));
    EXPECT_TRUE(store.put("01234", "", "null"));
}

}  // namespace
}  // namespace cais::client
