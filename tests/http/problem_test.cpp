#include "http/problem.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <string>

namespace cais::http {
namespace {

TEST(Rfc9457, s3_1_members_are_those_of_the_standard)
{
    const auto body = problem_body(ProblemFormat::json, 404, "Not Found", "Nothing is here.", "Check the \"address\".");
    const auto problem = boost::json::parse(body).as_object();
    EXPECT_EQ(problem.size(), 4u);
    EXPECT_EQ(problem.at("type"), "about:blank");
    EXPECT_EQ(problem.at("title"), "Not Found");
    EXPECT_EQ(problem.at("status"), 404);
    EXPECT_EQ(problem.at("detail"), "Nothing is here. Check the \"address\".");
}

TEST(Rfc9457, s3_1_4_no_detail_is_no_member)
{
    EXPECT_EQ(problem_body(ProblemFormat::json, 500, "Internal Server Error", ""),
              "{\"type\":\"about:blank\",\"title\":\"Internal Server Error\",\"status\":500}\n");
}

TEST(Problem, text_is_a_line_each)
{
    EXPECT_EQ(problem_body(ProblemFormat::text, 413, "Content Too Large", "It is over 1 MiB.", "Send less."),
              "413 Content Too Large\nIt is over 1 MiB.\nSend less.\n");
    EXPECT_EQ(problem_body(ProblemFormat::text, 400, "Bad Request", ""), "400 Bad Request\n");
}

TEST(Problem, page_obeys_nothing_that_it_shows)
{
    const auto body = problem_body(ProblemFormat::html, 400, "Bad <b> Request", "\"quoted\" & <i>", "<script>");
    EXPECT_TRUE(body.contains("Bad &lt;b&gt; Request"));
    EXPECT_TRUE(body.contains("&quot;quoted&quot; &amp; &lt;i&gt;"));
    EXPECT_FALSE(body.contains("<script"));
    EXPECT_FALSE(body.contains("style="));
}

TEST(Problem, policy_admits_the_style_alone)
{
    EXPECT_TRUE(problem_csp().starts_with("default-src 'none'; style-src 'sha256-")) << problem_csp();
    EXPECT_FALSE(problem_csp().contains("unsafe"));
    EXPECT_FALSE(problem_csp().contains("script"));
}

TEST(Problem, format_is_what_accept_names)
{
    struct Case {
        const char* accept;
        ProblemFormat want;
    };
    constexpr Case cases[] = {
        {"", ProblemFormat::text},
        {"*/*", ProblemFormat::text},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ProblemFormat::html},
        {"Text/HTML ;q=0.5", ProblemFormat::html},
        {"application/json, text/html", ProblemFormat::html},
        {"application/json", ProblemFormat::json},
        {"application/problem+json, */*;q=0.1", ProblemFormat::json},
        {"text/*", ProblemFormat::text},
        {"image/png", ProblemFormat::text},
    };
    for (const auto& [accept, want] : cases) EXPECT_EQ(choose_problem_format(accept), want) << accept;
}

}  // namespace
}  // namespace cais::http
