#include "trace/safe_text.h"
#include "trace/timeline.h"

#include <gtest/gtest.h>
#include <sstream>

namespace cais::trace {
namespace {

class TimelineOf : public testing::Test {
protected:
    void at(int milliseconds, const Event& event, std::uint64_t exchange = 1)
    {
        timeline.hear({.exchange = exchange}, start + std::chrono::milliseconds(milliseconds), event);
    }
    // One exchange of 50 ms.
    void whole(std::uint64_t exchange = 1, int from = 0)
    {
        at(from, ResolveBegin{"a.test", 443}, exchange);
        at(from + 5, ResolveAnswer{.host = "a.test", .source = "dns", .ip6 = {}, .ip4 = {}}, exchange);
        at(from + 5, ConnectBegin{"192.0.2.1:443"}, exchange);
        at(from + 15, Connected{"192.0.2.1:443"}, exchange);
        at(from + 15, TlsMessage{Direction::sent, TlsMessage::handshake, 1, "ClientHello", 300}, 0);
        at(from + 30, TlsEstablished{.version = "TLSv1.3", .cipher = "x"}, 0);
        at(from + 30,
           RequestHead{.method = "GET", .target = "/a", .version = "HTTP/2", .scheme = "https", .authority = "a.test"},
           exchange);
        at(from + 31, MessageEnd{.of = Message::request}, exchange);
        at(from + 35, ResponseHead{.status = 103, .version = "HTTP/2", .is_interim = true}, exchange);
        at(from + 40, ResponseHead{.status = 200, .version = "HTTP/2"}, exchange);
        at(from + 50, MessageEnd{.of = Message::response}, exchange);
        at(from + 50, ExchangeEnd{.status = 200}, exchange);
    }

    Timeline timeline;
    base::Instant start = base::now();
};

TEST_F(TimelineOf, one_exchange)
{
    whole();
    EXPECT_EQ(timeline.picture({.columns = 67}),
              "GET https://a.test/a 200\n"
              "dns     #####                                               5.00 ms\n"
              "connect      ##########                                     10.0 ms\n"
              "tls                    ###############                      15.0 ms\n"
              "send                                  #                     1.00 ms\n"
              "wait                                   #########            9.00 ms\n"
              "receive                                         ##########  10.0 ms\n"
              "total                                                       50.0 ms\n");
}

TEST_F(TimelineOf, fits_every_terminal)
{
    whole(1);
    whole(2, 50);
    for (std::size_t columns = 17; columns < 300; ++columns) {
        std::istringstream lines(timeline.picture({.columns = columns, .has_blocks = columns % 2 == 0}));
        int count = 0;
        for (std::string line; std::getline(lines, line); ++count) EXPECT_LE(columns_of(line), columns) << line;
        EXPECT_EQ(count, 15);
    }
    EXPECT_NE(timeline.picture({.columns = 1}).find("100 ms"), std::string::npos);  // 17 columns is what it takes
}

TEST_F(TimelineOf, colour_and_blocks_only_where_asked_for)
{
    whole();
    EXPECT_EQ(timeline.picture({}).find('\x1b'), std::string::npos);
    const auto coloured = timeline.picture({.colour = Colour::on, .has_blocks = true});
    EXPECT_NE(coloured.find("\x1b[34m"), std::string::npos);
    EXPECT_NE(coloured.find("\xE2\x96\x88"), std::string::npos);
}

TEST_F(TimelineOf, a_failure_ends_the_phase_that_it_was_in)
{
    at(0, ResolveBegin{"a.test", 80});
    at(5, ResolveAnswer{.host = "a.test", .source = "dns", .ip6 = {}, .ip4 = {}});
    at(5, ConnectBegin{"192.0.2.1:80"});
    at(25, ConnectFailure{"192.0.2.1:80", "refused"});
    at(25, Failure{"connect", "refused"});
    const auto picture = timeline.picture({});
    EXPECT_NE(picture.find("20.0 ms"), std::string::npos) << picture;
    EXPECT_NE(picture.find("total"), std::string::npos);
}

TEST_F(TimelineOf, nothing_and_too_much)
{
    EXPECT_EQ(timeline.picture({}), "");
    for (std::uint64_t i = 1; i < 1000; ++i) at(static_cast<int>(i), ResolveBegin{"a.test", 80}, i);
    std::istringstream lines(timeline.picture({}));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);) ++count;
    EXPECT_EQ(count, 2 * Timeline::most_exchanges + 1);
}

}  // namespace
}  // namespace cais::trace
