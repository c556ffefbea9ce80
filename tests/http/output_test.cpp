#include "http/output.h"
#include "io/loop.h"
#include "../http1/memory_stream.h"

#include <gtest/gtest.h>
#include <random>

namespace cais::http {
namespace {

using http1::test::MemoryStream;

struct Desk {
    http::Limits limits;
    MemoryStream stream;
    Output output{stream, limits};
    io::Scope scope;
    std::optional<Result<void>> flushed;
};

// A loop, for whoever needs its buffers and its turns.
void play(Desk& desk, io::Task<void> (*script)(Desk&))
{
    io::Loop loop;
    struct Main {
        static io::Task<void> run(Desk& at, io::Task<void> (*what)(Desk&))
        {
            co_await what(at);
            at.scope.cancel();
            co_await at.scope.end();
            if (at.output.is_pushing()) co_await at.output.stop_pushing();
            at.output.discard();
        }
    };
    loop.run(Main::run(desk, script));
}

io::Task<void> turns(int count)
{
    for (int i = 0; i < count; ++i) {
        [[maybe_unused]] const bool goes_on = co_await io::yield();
    }
}

io::Task<void> flush(Desk& desk, std::string_view rest)
{
    auto flushed = co_await desk.output.flush(rest);
    desk.flushed = flushed;
}

std::string text_of(std::size_t octets)
{
    std::string text(octets, '\0');
    for (std::size_t i = 0; i < octets; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
    return text;
}

TEST(Output, several_answers_take_one_send)
{
    Desk desk;
    play(desk, [](Desk& at) -> io::Task<void> {
        EXPECT_TRUE(at.output.is_empty());
        for (const auto* piece : {"one ", "two ", "three"}) EXPECT_TRUE(at.output.append(piece));
        EXPECT_FALSE(at.output.is_empty());
        const auto progress = at.output.try_flush(io::More::no);
        EXPECT_EQ(progress.state, io::Progress::done);
        EXPECT_TRUE(at.output.is_empty());
        EXPECT_EQ(at.stream.received, "one two three");
        EXPECT_EQ(at.stream.sends, 1);
        co_return;
    });
}

TEST(Output, takes_four_buffers_and_no_more)
{
    Desk desk;
    play(desk, [](Desk& at) -> io::Task<void> {
        const std::string most = text_of(4 * io::buffer_bytes);
        EXPECT_EQ(at.output.room(), most.size());
        EXPECT_FALSE(at.output.append(most + "x"));
        EXPECT_TRUE(at.output.is_empty());
        EXPECT_TRUE(at.output.append(most));
        EXPECT_EQ(at.output.room(), 0u);
        EXPECT_FALSE(at.output.append("x"));
        EXPECT_EQ(at.output.reserve(1), nullptr);
        at.output.try_flush(io::More::no);
        EXPECT_TRUE(at.stream.received == most);
        co_return;
    });
}

TEST(Output, reserve_is_contiguous)
{
    Desk desk;
    play(desk, [](Desk& at) -> io::Task<void> {
        EXPECT_TRUE(at.output.append(text_of(io::buffer_bytes - 10)));
        char* const room = at.output.reserve(11);
        EXPECT_NE(room, nullptr);
        std::fill_n(room, 11, 'x');
        at.output.commit(11);
        at.output.try_flush(io::More::no);
        EXPECT_EQ(at.stream.received, text_of(io::buffer_bytes - 10) + std::string(11, 'x'));
        co_return;
    });
}

// Whatever a kernel takes at a time, the octets arrive once and in order.
TEST(Output, short_writes_of_every_kind)
{
    for (const std::size_t most : {1u, 2u, 3u, 7u, 1000u, 16383u, 16384u, 16385u, 40000u}) {
        Desk desk;
        desk.stream.most_a_write = most;
        play(desk, [](Desk& at) -> io::Task<void> {
            const std::string buffered = text_of(at.stream.most_a_write < 10 ? 300 : 3 * io::buffer_bytes + 5);
            const std::string rest = text_of(at.stream.most_a_write < 10 ? 200 : 70'000);
            EXPECT_TRUE(at.output.append(buffered));
            auto flushed = co_await at.output.flush(rest);
            EXPECT_TRUE(flushed);
            EXPECT_TRUE(at.stream.received == buffered + rest) << at.stream.most_a_write;
            EXPECT_TRUE(at.output.is_empty());
        });
    }
}

// Appends, short writes and waits in any order.
TEST(Output, any_order)
{
    Desk desk;
    play(desk, [](Desk& at) -> io::Task<void> {
        std::mt19937 random(1);
        std::string want;
        for (int i = 0; i < 2000; ++i) {
            const std::string text = text_of(random() % 9000);
            if (at.output.append(text)) want += text;
            if (random() % 3 == 0) {
                at.stream.most_a_write = random() % 30'000 + 1;
                at.output.try_flush(io::More::no);
            }
            if (random() % 50 == 0) {
                at.stream.hold();
                at.output.push();
                at.stream.take(random() % 100'000);
                co_await turns(2);
                at.stream.take(SIZE_MAX);
            }
        }
        auto flushed = co_await at.output.flush();
        EXPECT_TRUE(flushed);
        EXPECT_TRUE(at.stream.received == want);
    });
}

TEST(Output, flush_waits_for_room)
{
    Desk desk;
    desk.stream.take(5);
    play(desk, [](Desk& at) -> io::Task<void> {
        EXPECT_TRUE(at.output.append("0123456789"));
        at.scope.spawn(flush, at, "abc");
        co_await turns(3);
        EXPECT_FALSE(at.flushed);
        EXPECT_EQ(at.stream.received, "01234");
        at.stream.take(7);
        co_await turns(3);
        EXPECT_FALSE(at.flushed);
        at.stream.take(SIZE_MAX);
        co_await turns(3);
        EXPECT_TRUE(at.flushed && *at.flushed);
        EXPECT_EQ(at.stream.received, "0123456789abc");
    });
}

TEST(Output, push_goes_on_beside_its_caller)
{
    Desk desk;
    desk.stream.take(4);
    play(desk, [](Desk& at) -> io::Task<void> {
        EXPECT_TRUE(at.output.append("0123456789"));
        at.output.push();
        EXPECT_TRUE(at.output.is_pushing());
        EXPECT_EQ(at.stream.received, "0123");
        EXPECT_TRUE(at.output.append("abc"));  // behind what waits
        at.output.push();
        at.stream.take(8);
        co_await turns(2);
        EXPECT_EQ(at.stream.received, "0123456789ab");
        // Who flushes meanwhile takes his turn.
        at.scope.spawn(flush, at, "end");
        co_await turns(2);
        at.stream.take(SIZE_MAX);
        co_await turns(4);
        EXPECT_TRUE(at.flushed && *at.flushed);
        EXPECT_FALSE(at.output.is_pushing());
        EXPECT_EQ(at.stream.received, "0123456789abcend");
    });
}

TEST(Output, a_peer_that_is_gone)
{
    Desk desk;
    desk.stream.reset();
    play(desk, [](Desk& at) -> io::Task<void> {
        EXPECT_TRUE(at.output.append("x"));
        auto flushed = co_await at.output.flush();
        EXPECT_FALSE(flushed);
        EXPECT_EQ(flushed.error().kind, Error::ended);
    });
}

TEST(Output, a_reader_that_takes_nothing_is_cut)
{
    Desk desk;
    desk.limits.send_time = std::chrono::milliseconds(20);
    desk.stream.take(2);
    desk.stream.unacknowledged = 10;
    play(desk, [](Desk& at) -> io::Task<void> {
        EXPECT_TRUE(at.output.append("0123456789"));
        auto flushed = co_await at.output.flush();
        EXPECT_FALSE(flushed);
        EXPECT_EQ(flushed.error().kind, Error::timed_out);
    });
}

io::Task<void> take_slowly(Desk& desk)
{
    // A little each 5 ms, of which the kernel's events tell nothing.
    for (int i = 0; i < 12; ++i) {
        const bool goes_on = co_await io::sleep_for(std::chrono::milliseconds(5));
        if (!goes_on) co_return;
        desk.stream.unacknowledged -= 1000;
    }
    desk.stream.take(SIZE_MAX);
}

TEST(Output, a_slow_reader_is_not_one_that_takes_nothing)
{
    Desk desk;
    desk.limits.send_time = std::chrono::milliseconds(20);
    desk.stream.take(2);
    desk.stream.unacknowledged = 100'000;
    play(desk, [](Desk& at) -> io::Task<void> {
        EXPECT_TRUE(at.output.append("0123456789"));
        at.scope.spawn(take_slowly, at);
        auto flushed = co_await at.output.flush();
        EXPECT_TRUE(flushed);
        EXPECT_EQ(at.stream.received, "0123456789");
    });
}

TEST(Output, a_reader_that_takes_too_little_is_cut)
{
    Desk desk;
    desk.limits.send_time = std::chrono::milliseconds(20);
    desk.limits.send_rate_time = std::chrono::milliseconds(50);
    desk.limits.send_rate = 10'000'000;
    desk.stream.take(2);
    desk.stream.unacknowledged = 100'000;
    play(desk, [](Desk& at) -> io::Task<void> {
        EXPECT_TRUE(at.output.append("0123456789"));
        at.scope.spawn(take_slowly, at);
        auto flushed = co_await at.output.flush();
        EXPECT_FALSE(flushed);
        EXPECT_EQ(flushed.error().kind, Error::timed_out);
    });
}

TEST(Output, a_file_behind_its_head)
{
    Desk desk;
    desk.stream.most_a_write = 1000;
    play(desk, [](Desk& at) -> io::Task<void> {
        std::FILE* const file = std::tmpfile();
        const std::string content = text_of(10'000);
        std::fwrite(content.data(), 1, content.size(), file);
        std::fflush(file);
        EXPECT_TRUE(at.output.append(text_of(1500)));
        auto sent = co_await at.output.send_file(fileno(file), 100, 9000);
        EXPECT_TRUE(sent);
        EXPECT_TRUE(at.stream.received == text_of(1500) + content.substr(100, 9000));
        // Shorter than it was: never as if it were whole.
        sent = co_await at.output.send_file(fileno(file), 9990, 20);
        EXPECT_FALSE(sent);
        std::fclose(file);
    });
}

}  // namespace
}  // namespace cais::http
