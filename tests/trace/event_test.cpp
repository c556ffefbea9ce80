#include "trace/context.h"
#include "trace/event.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

namespace cais::trace {
namespace {

struct Kept final : Listener {
    struct Line {
        std::uint64_t connection;
        std::uint64_t exchange;
        Side side;
        base::Instant at;
        std::string event;
        std::string parent;
    };
    std::vector<Line> lines;
    void hear(const Context& context, base::Instant at, const Event& event) noexcept override
    {
        lines.push_back({context.connection, context.exchange, context.side, at, std::string(name_of(event)),
                         std::string(context.trace_parent)});
    }
};

TEST(TraceContext, says_for_whom_and_when)
{
    Kept kept;
    Context context{.listener = &kept, .side = Side::server, .connection = 7};
    ASSERT_TRUE(context);
    const auto before = base::now();
    context.say(TlsFailure{"no"});
    context.exchange = 9;
    context.trace_parent = "00-a-b-01";
    context.say(RequestHead{.method = "GET", .target = "/", .version = "HTTP/1.1"});
    ASSERT_EQ(kept.lines.size(), 2u);
    EXPECT_EQ(kept.lines[0].event, "tls.failure");
    EXPECT_EQ(kept.lines[0].connection, 7u);
    EXPECT_EQ(kept.lines[0].exchange, 0u);
    EXPECT_EQ(kept.lines[0].side, Side::server);
    EXPECT_GE(kept.lines[0].at, before);
    EXPECT_EQ(kept.lines[1].event, "request.head");
    EXPECT_EQ(kept.lines[1].exchange, 9u);
    EXPECT_EQ(kept.lines[1].parent, "00-a-b-01");
    EXPECT_GE(kept.lines[1].at, kept.lines[0].at);
}

TEST(TraceContext, nobody_listens)
{
    const Context context;
    EXPECT_FALSE(context);
}

TEST(TraceContext, numbers_are_never_given_twice)
{
    std::vector<std::uint64_t> mine(1000), others(1000);
    std::thread other([&] {
        for (auto& number : others) number = next_exchange();
    });
    for (auto& number : mine) number = next_exchange();
    other.join();
    mine.insert(mine.end(), others.begin(), others.end());
    std::ranges::sort(mine);
    EXPECT_EQ(std::ranges::adjacent_find(mine), mine.end());
    EXPECT_GT(mine.front(), 0u);
    EXPECT_LT(next_connection(), next_connection());
}

TEST(Rfc9113Frames, s11_names)
{
    EXPECT_EQ(http2_frame_name(0), "DATA");
    EXPECT_EQ(http2_frame_name(9), "CONTINUATION");
    EXPECT_EQ(http2_frame_name(16), "PRIORITY_UPDATE");
    EXPECT_EQ(http2_frame_name(11), "");
    EXPECT_EQ(http2_frame_name(300), "");
    EXPECT_EQ(http2_setting_name(8), "ENABLE_CONNECT_PROTOCOL");
    EXPECT_EQ(http2_setting_name(0), "");
    EXPECT_EQ(http2_error_name(11), "ENHANCE_YOUR_CALM");
    EXPECT_EQ(http2_error_name(14), "");
    EXPECT_EQ(http2_flag_name(1, 4), "END_HEADERS");
    EXPECT_EQ(http2_flag_name(4, 1), "ACK");
    EXPECT_EQ(http2_flag_name(3, 1), "");
}

TEST(ContentMeter, ten_a_second)
{
    ContentMeter meter;
    const auto start = base::now();
    int told = 0;
    for (int millisecond = 0; millisecond < 1000; ++millisecond)
        told += meter.is_due(start + std::chrono::milliseconds(millisecond)) ? 1 : 0;
    EXPECT_EQ(told, 10);
}

}  // namespace
}  // namespace cais::trace
