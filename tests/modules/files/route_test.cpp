// Files under a route that is not "/": what the route matched is no part of what is looked for.
#include "served.h"

#include <gtest/gtest.h>

namespace cais::files {
namespace {

using http::Method;

class FilesUnderARoute : public testing::Test {
protected:
    FilesUnderARoute()
    {
        served.tree.file("page.html", "a page");
        served.tree.file("sub/index.html", "a folder's page");
        served.tree.file("list/one.txt", "1");
        served.tree.file(".hidden", "no");
    }
    // `matched` octets of the target's path are the route's; `asked` is what was there before a wrapper rewrote it.
    Answer get(const std::string& target, std::size_t matched, const std::string& asked = {})
    {
        Exchange exchange(Method::get, target, "Accept: application/json");
        exchange.request.matched = static_cast<std::uint32_t>(matched);
        exchange.request.asked_path = asked;
        Answer answer;
        served.run(ask_anew(served.handler(), exchange, answer));
        return answer;
    }
    Served served;
};

TEST_F(FilesUnderARoute, what_the_prefix_matched_is_removed)
{
    EXPECT_EQ(get("/s/page.html", 3).content, "a page");
    EXPECT_EQ(get("/s/sub/", 3).content, "a folder's page");
    EXPECT_EQ(get("/.s/page.html", 4).content, "a page");
    EXPECT_EQ(get("/s/.hidden", 3).code, 404);
    EXPECT_EQ(get("/s//page.html", 3).code, 404);
    EXPECT_EQ(get("/s/s/page.html", 3).code, 404);
}

TEST_F(FilesUnderARoute, links_lead_to_where_the_client_asked)
{
    EXPECT_EQ(get("/s/sub?q", 3).field("Location"), "/s/sub/?q");
    EXPECT_NE(get("/s/list/", 3).content.find("/s/list/"), std::string::npos);
    EXPECT_EQ(get("/sub", 1, "/v1/sub").field("Location"), "/v1/sub/");
    // It ends with a slash: to send it there again would never end.
    EXPECT_EQ(get("/sub", 1, "/v1/sub/").code, 404);
}

TEST_F(FilesUnderARoute, the_folder_itself_without_its_slash)
{
    EXPECT_EQ(get("/s?q", 3).code, 301);
    EXPECT_EQ(get("/s?q", 3).field("Location"), "/s/?q");
    // As an exact route it is what the folder shows.
    served.tree.file("index.html", "the root's page");
    EXPECT_EQ(get("/s", 2).content, "the root's page");
}

TEST_F(FilesUnderARoute, one_file)
{
    served.config.root = served.tree.path() + "/page.html";
    auto made = make_files(served.config);
    ASSERT_TRUE(made);
    for (const char* path : {"/robots.txt", "/", "/a/b"}) {
        Exchange exchange(Method::get, path);
        exchange.request.matched = 3;
        Answer answer;
        served.run(ask_anew(**made, exchange, answer));
        EXPECT_EQ(answer.content, "a page") << path;
    }
}

}  // namespace
}  // namespace cais::files
