#include "cli/story_join.h"

#include <gtest/gtest.h>
#include <random>

namespace cais::cli {
namespace {

constexpr const char* parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string begin(const char* side, long long wall)
{
    return R"({"t":0,"event":"trace.begin","id":"trace","side":")" + std::string(side) + R"(","wall":)" +
           std::to_string(wall) + R"(,"host":")" + side + R"(-host"})" + "\n";
}

std::string exchange(const char* side, const char* id, long long request, long long response)
{
    const std::string common =
        std::string(",\"id\":\"") + id + "\",\"side\":\"" + side + "\",\"traceparent\":\"" + parent + "\",";
    return R"({"t":)" + std::to_string(request) + R"(,"event":"request.head")" + common +
           R"-("method":"GET","target":"/a","version":"HTTP/1.1","fields":[["Cookie","(hidden)"]]})-" + "\n" +
           R"({"t":)" + std::to_string(response) + R"(,"event":"response.head")" + common +
           R"("status":200,"reason":"OK","version":"HTTP/1.1","interim":false,"fields":[]})" + "\n";
}

std::string joined(const std::string& first, const std::string& second)
{
    const auto a = read_story(first, "a.json");
    const auto b = read_story(second, "b.json");
    EXPECT_TRUE(a) << a.error();
    EXPECT_TRUE(b) << b.error();
    return join_stories(*a, *b, trace::Colour::off);
}

TEST(TraceJoin, both_ends_of_an_exchange_on_one_time_line)
{
    EXPECT_EQ(joined(begin("client", 1000000) + exchange("client", "x1", 100, 900),
                     begin("server", 1000050) + exchange("server", "x7", 200, 500)),
              "A  client on client-host: a.json\n"
              "B  server on server-host: b.json\n"
              "x1 of A is x7 of B: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n"
              "\n"
              "      0.000 A trace  * trace.begin          host client-host\n"
              "      0.050 B trace      * trace.begin          host server-host\n"
              "      0.100 A x1     > request.head         GET /a HTTP/1.1\n"
              "      0.250 B x7         < request.head         GET /a HTTP/1.1\n"
              "      0.550 B x7         > response.head        HTTP/1.1 200 OK\n"
              "      0.900 A x1     < response.head        HTTP/1.1 200 OK\n");
}

TEST(TraceJoin, clocks_that_differ_are_brought_together)
{
    // The server's clock is an hour behind: in the middle between what is possible.
    const auto text = joined(begin("client", 3600000000) + exchange("client", "x1", 100, 900),
                             begin("server", 0) + exchange("server", "x7", 200, 400));
    EXPECT_NE(text.find("The clocks differ: B is moved 3600 s later.\n"), std::string::npos) << text;
    const auto sent = text.find("> request.head"), received = text.find("< request.head");
    const auto answered = text.find("> response.head"), heard = text.find("< response.head");
    EXPECT_LT(sent, received);
    EXPECT_LT(received, answered);
    EXPECT_LT(answered, heard);
    // The same the other way round.
    const auto other = joined(begin("server", 0) + exchange("server", "x7", 200, 400),
                              begin("client", 3600000000) + exchange("client", "x1", 100, 900));
    EXPECT_NE(other.find("B is moved 3600 s earlier.\n"), std::string::npos) << other;
    EXPECT_LT(other.find("> request.head"), other.find("< request.head"));
    // What no clock explains.
    const auto wrong = joined(begin("client", 0) + exchange("client", "x1", 100, 200),
                              begin("server", 0) + exchange("server", "x7", 100, 900));
    EXPECT_NE(wrong.find("the order between A and B is a guess"), std::string::npos) << wrong;
}

TEST(TraceJoin, what_was_held_back_stands_where_it_happened)
{
    const auto story = read_story(begin("server", 1000) + R"({"t":500,"event":"a","id":"c1","side":"server"})" + "\n" +
                                      R"({"t":500,"event":"b","id":"c2","side":"server","earlier":400})" + "\n",
                                  "f");
    ASSERT_TRUE(story);
    EXPECT_EQ(story->events[1].name, "b");
    EXPECT_EQ(story->events[1].wall, 1100);
}

TEST(TraceJoin, a_file_that_was_added_to_has_two_beginnings)
{
    const auto story = read_story(begin("server", 1000) + R"({"t":5,"event":"a","id":"c1","side":"server"})" + "\n" +
                                      begin("server", 9000) + R"({"t":5,"event":"b","id":"c1","side":"server"})" + "\n",
                                  "f");
    ASSERT_TRUE(story);
    EXPECT_EQ(story->events.back().wall, 9005);
}

TEST(TraceJoin, what_is_no_story_is_refused_and_bad_lines_are_left_out)
{
    EXPECT_EQ(read_story("", "f").error(), "it is empty");
    EXPECT_NE(read_story("hello\n", "f").error().find("line 1: it is no JSON"), std::string::npos);
    EXPECT_NE(read_story("[1]\n", "f").error().find("it is no object"), std::string::npos);
    EXPECT_NE(read_story(R"({"t":1,"event":"x"})", "f").error().find("trace.begin"), std::string::npos);
    EXPECT_NE(read_story(R"({"t":0,"event":"trace.begin"})", "f").error().find("`wall`"), std::string::npos);
    EXPECT_NE(read_story(R"({"t":0,"event":"trace.begin","wall":-1})", "f").error().find("`wall`"), std::string::npos);
    EXPECT_NE(read_story(R"({"t":0,"event":"trace.begin","wall":1e300})", "f").error().find("`wall`"),
              std::string::npos);
    const auto story = read_story(begin("client", 5) + "{\n\n" + R"({"t":"1","event":"x"})" + "\n" +
                                      R"({"t":18446744073709551615,"event":"x"})" + "\n" + R"({"t":1,"event":"x"})",
                                  "f");
    ASSERT_TRUE(story);
    EXPECT_EQ(story->events.size(), 2u);
    EXPECT_EQ(story->bad_lines, 3u);
    EXPECT_EQ(story->faults.front(), "line 2: it is no JSON");
}

TEST(TraceJoin, what_is_in_a_file_cannot_reach_the_terminal)
{
    const std::string evil = R"(\u001b[2J\u202e)";
    const auto story = begin("client", 5) + R"({"t":1,"event":")" + evil + R"(","id":")" + evil +
                       R"(","side":"x","a":")" + evil + R"(","b":[[")" + evil + R"("]],")" + evil + "\":1}\n";
    auto text = joined(story, story);
    std::erase(text, '\n');
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find("\xE2\x80\xAE"), std::string::npos);
    for (const char c : text) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20);
}

TEST(TraceJoin, is_robust_against_any_change)
{
    const std::string whole = begin("client", 1000000) + exchange("client", "x1", 100, 900);
    std::mt19937 random(3);
    for (int round = 0; round < 3000; ++round) {
        std::string text = whole;
        for (unsigned i = 0; i < 1 + random() % 4; ++i)
            text[random() % text.size()] = static_cast<char>(random() % 256);
        if (random() % 2 == 0) text.resize(random() % text.size());
        const auto story = read_story(text, "f");
        if (story) EXPECT_FALSE(join_stories(*story, *story, trace::Colour::on).empty());
    }
}

}  // namespace
}  // namespace cais::cli
