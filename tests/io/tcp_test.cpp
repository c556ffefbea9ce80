#include "io/scope.h"
#include "io/tcp.h"
#include "running.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <numeric>
#include <string>

#include <fcntl.h>
#include <sys/sendfile.h>
#include <unistd.h>

namespace cais::io {
namespace {

using For = Stream::For;

enum class Kind : std::uint8_t { local, tcp };
class TcpStreamOver : public testing::TestWithParam<Kind> {
protected:
    static Pair pair() { return GetParam() == Kind::tcp ? tcp_pair() : unix_pair(); }
};
INSTANTIATE_TEST_SUITE_P(, TcpStreamOver, testing::Values(Kind::local, Kind::tcp),
                         [](const auto& info) { return info.param == Kind::tcp ? "tcp" : "socketpair"; });

// A file of our own that nobody else sees.
Descriptor temporary_file(std::string_view content)
{
    std::FILE* made = std::tmpfile();
    Descriptor file(::dup(::fileno(made)));
    std::fclose(made);
    EXPECT_EQ(::pwrite(file.get(), content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
    return file;
}

std::string pattern(std::size_t bytes)
{
    std::string text(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + i * i % 26);
    return text;
}

Progress read_some(Stream& stream, std::string& to)
{
    char into[256];
    const Progress progress = stream.try_read(into);
    if (progress.state == Progress::done) to.assign(into, progress.bytes);
    return progress;
}

Progress write_one(Stream& stream, std::string_view text) { return stream.try_write({&text, 1}, More::no); }

// Writes until the socket takes no more; gives how much that was.
std::size_t fill(Stream& stream)
{
    const std::string much(64 * 1024, 'x');
    std::size_t bytes = 0;
    for (;;) {
        const Progress progress = write_one(stream, much);
        if (progress.state != Progress::done) {
            EXPECT_EQ(progress.state, Progress::blocked);
            return bytes;
        }
        bytes += progress.bytes;
    }
}

Task<void> read_until(Stream& stream, std::size_t bytes, std::string& to) { to = co_await read_all(stream, bytes); }

TEST_P(TcpStreamOver, what_is_written_is_read)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream ours(std::move(ends.ours));
            TcpStream theirs(std::move(ends.theirs));
            std::string text;
            EXPECT_EQ(read_some(ours, text).state, Progress::blocked);
            EXPECT_FALSE(ours.is_ready(For::reading));
            EXPECT_EQ(write_one(theirs, "hello").bytes, 5u);
            auto ready = co_await ours.ready(For::reading, long_enough);
            EXPECT_TRUE(ready);
            EXPECT_EQ(read_some(ours, text).bytes, 5u);
            EXPECT_EQ(text, "hello");
            EXPECT_FALSE(ours.is_ready(For::reading)) << "a short read has drained it";
            EXPECT_FALSE(ours.is_ready(For::peer_finished));
            EXPECT_FALSE(ours.is_ready(For::peer_gone));
        },
        pair());
}

TEST_P(TcpStreamOver, sixteen_pieces_gathered_the_empty_ones_skipped)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream ours(std::move(ends.ours));
            TcpStream theirs(std::move(ends.theirs));
            std::array<std::string, 18> texts;
            std::array<std::string_view, 18> pieces;
            std::string want;
            for (std::size_t i = 0; i < texts.size(); ++i) {
                texts[i] = i == 3 ? "" : pattern(i * 7 + 1);
                pieces[i] = texts[i];
                if (i < 17) want += texts[i];  // 16 that are not empty
            }
            const Progress progress = ours.try_write(pieces, More::no);
            EXPECT_EQ(progress.state, Progress::done);
            EXPECT_EQ(progress.bytes, want.size());
            EXPECT_TRUE(ours.is_ready(For::writing));
            const std::string got = co_await read_all(theirs, want.size());
            EXPECT_EQ(got, want);
        },
        pair());
}

TEST_P(TcpStreamOver, nothing_to_write_is_done)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream ours(std::move(ends.ours));
            EXPECT_EQ(ours.try_write({}, More::no).state, Progress::done);
            EXPECT_EQ(write_one(ours, "").state, Progress::done);
            const std::array<std::string_view, 2> empty{};
            EXPECT_EQ(ours.try_write(empty, More::no).bytes, 0u);
            EXPECT_TRUE(ours.is_ready(For::writing));
            co_return;
        },
        pair());
}

TEST_P(TcpStreamOver, back_pressure)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream ours(std::move(ends.ours));
            TcpStream theirs(std::move(ends.theirs));
            for (int round = 0; round < 3; ++round) {
                const std::size_t bytes = fill(ours);
                EXPECT_GT(bytes, 0u);
                auto waited = co_await ours.ready(For::writing, 1ms);
                EXPECT_FALSE(waited);
                std::string got;
                Scope scope;
                scope.spawn(read_until, theirs, bytes, got);
                auto ready = co_await ours.ready(For::writing, long_enough);
                EXPECT_TRUE(ready);
                co_await scope.end();
                EXPECT_EQ(got.size(), bytes);
            }
        },
        pair());
}

TEST_P(TcpStreamOver, reading_and_writing_are_awaited_at_once)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream ours(std::move(ends.ours));
            TcpStream theirs(std::move(ends.theirs));
            const std::size_t bytes = fill(ours);
            std::string got, text;
            EXPECT_EQ(read_some(ours, text).state, Progress::blocked);
            std::string log;
            const auto wait = +[](Stream& on, For what, std::string& to, char name) -> Task<> {
                auto ready = co_await on.ready(what, long_enough);
                EXPECT_TRUE(ready);
                to += name;
            };
            Scope scope;
            scope.spawn(wait, ours, For::reading, log, 'r');
            scope.spawn(wait, ours, For::writing, log, 'w');
            scope.spawn(wait, ours, For::peer_finished, log, 'f');
            EXPECT_EQ(write_one(theirs, "x").state, Progress::done);
            while (log != "r") EXPECT_TRUE(co_await yield());
            got = co_await read_all(theirs, bytes);
            while (log != "rw") EXPECT_TRUE(co_await yield());
            theirs.shut_down();
            co_await scope.end();
            EXPECT_EQ(log, "rwf");
        },
        pair());
}

// §6 of the design: the FIN came with the data, so the short read is not the end of what can be read.
TEST_P(TcpStreamOver, a_short_read_after_the_fin_is_read_on_to_the_end)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream ours(std::move(ends.ours));
            std::string text;
            EXPECT_EQ(read_some(ours, text).state, Progress::blocked);
            tell(ends.theirs, "last words");
            ::shutdown(ends.theirs.get(), SHUT_WR);
            auto ready = co_await ours.ready(For::reading, long_enough);
            EXPECT_TRUE(ready);
            auto finished = co_await ours.peer_finished();
            EXPECT_TRUE(finished);
            EXPECT_EQ(read_some(ours, text).bytes, 10u);
            EXPECT_TRUE(ours.is_ready(For::reading));
            EXPECT_EQ(read_some(ours, text).state, Progress::ended);
            EXPECT_EQ(read_some(ours, text).state, Progress::ended);
            EXPECT_FALSE(ours.is_ready(For::peer_gone)) << "half-closed: it may still read";
            EXPECT_EQ(write_one(ours, "an answer").state, Progress::done);
            char into[16];
            EXPECT_EQ(::recv(ends.theirs.get(), into, sizeof into, 0), 9);
        },
        pair());
}

// We have finished, then the peer has: epoll says EPOLLHUP, and nobody was reset.
TEST_P(TcpStreamOver, both_finished_is_not_gone)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream ours(std::move(ends.ours));
            std::string text;
            EXPECT_EQ(read_some(ours, text).state, Progress::blocked);
            ours.shut_down();
            tell(ends.theirs, "rest");
            ::shutdown(ends.theirs.get(), SHUT_WR);
            auto finished = co_await ours.peer_finished();
            EXPECT_TRUE(finished);
            EXPECT_FALSE(ours.is_ready(For::peer_gone));
            bool gone = false;
            Scope scope;
            scope.spawn(
                +[](Stream& on, bool& is_gone) -> Task<> {
                    auto waited = co_await on.peer_gone();
                    is_gone = waited.has_value();
                },
                ours, gone);
            const std::string got = co_await read_all(ours);
            EXPECT_EQ(got, "rest");
            EXPECT_TRUE(co_await sleep_for(2ms));
            scope.cancel();
            co_await scope.end();
            EXPECT_FALSE(gone);
        },
        pair());
}

TEST_P(TcpStreamOver, writing_after_shut_down_fails)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream ours(std::move(ends.ours));
            ours.shut_down();
            const Progress progress = write_one(ours, "more");
            EXPECT_EQ(progress.state, Progress::failed);
            EXPECT_EQ(progress.number, EPIPE);
            co_return;
        },
        pair());
}

TEST(TcpStream, shut_down_is_read_as_the_end)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream ours(std::move(ends.ours));
            TcpStream theirs(std::move(ends.theirs));
            EXPECT_EQ(write_one(ours, "bye").bytes, 3u);
            ours.shut_down();
            const std::string got = co_await read_all(theirs);
            EXPECT_EQ(got, "bye");
            EXPECT_EQ(write_one(theirs, "still here").bytes, 10u);
            const std::string answer = co_await read_all(ours, 10);
            EXPECT_EQ(answer, "still here");
        },
        tcp_pair());
}

TEST(TcpStream, abort_gives_the_peer_a_reset)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream ours(std::move(ends.ours));
            TcpStream theirs(std::move(ends.theirs));
            std::string text;
            EXPECT_EQ(read_some(theirs, text).state, Progress::blocked);
            EXPECT_GT(fill(ours), 0u);  // what was not sent is dropped
            ours.abort();
            EXPECT_FALSE(ours.is_open());
            auto gone = co_await theirs.peer_gone();
            EXPECT_TRUE(gone);
            EXPECT_TRUE(theirs.is_ready(For::peer_finished));
            Progress progress;
            do progress = read_some(theirs, text);
            while (progress.state == Progress::done);
            EXPECT_EQ(progress.state, Progress::failed);
            EXPECT_EQ(progress.number, ECONNRESET);
            EXPECT_EQ(write_one(theirs, "x").state, Progress::failed);
        },
        tcp_pair());
}

TEST(TcpStream, close_lets_what_was_written_leave)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream theirs(std::move(ends.theirs));
            {
                TcpStream ours(std::move(ends.ours));
                EXPECT_EQ(write_one(ours, "all of it").bytes, 9u);
            }
            const std::string got = co_await read_all(theirs);
            EXPECT_EQ(got, "all of it");
        },
        tcp_pair());
}

// A FIN alone means "no more requests": what is in flight is still answered. The reset that follows ends it.
TEST(TcpStream, peer_gone_waits_for_the_reset)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream ours(std::move(ends.ours));
            std::string log;
            std::string text;
            EXPECT_EQ(read_some(ours, text).state, Progress::blocked);
            Scope scope;
            scope.spawn(
                +[](Stream& on, std::string& to) -> Task<> {
                    auto gone = co_await on.peer_gone();
                    EXPECT_TRUE(gone);
                    to += 'g';
                },
                ours, log);
            ::shutdown(ends.theirs.get(), SHUT_WR);
            auto ready = co_await ours.ready(For::reading, long_enough);
            EXPECT_TRUE(ready);
            EXPECT_EQ(read_some(ours, text).state, Progress::ended);
            EXPECT_TRUE(co_await sleep_for(2ms));
            EXPECT_EQ(log, "");
            const linger at_once{1, 0};
            ::setsockopt(ends.theirs.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            ends.theirs.close();
            co_await scope.end();
            EXPECT_EQ(log, "g");
        },
        tcp_pair());
}

// The write that meets the reset takes the error out of the socket; a read that then finds the end must not say that
// all had arrived.
TEST(TcpStream, a_reset_that_the_writer_met_is_no_clean_end_for_the_reader)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream ours(std::move(ends.ours));
            const linger at_once{1, 0};
            ::setsockopt(ends.theirs.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            ends.theirs.close();
            EXPECT_EQ(write_one(ours, "x").state, Progress::failed);
            std::string text;
            EXPECT_EQ(read_some(ours, text).state, Progress::failed);
            EXPECT_TRUE(ours.is_ready(For::peer_gone));
            auto gone = co_await ours.peer_gone();
            EXPECT_TRUE(gone);
        },
        tcp_pair());
}

TEST_P(TcpStreamOver, who_waits_when_it_is_aborted_goes_on)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream ours(std::move(ends.ours));
            std::string text;
            EXPECT_EQ(read_some(ours, text).state, Progress::blocked);
            EXPECT_GT(fill(ours), 0u);
            int ended = 0;
            const auto wait = +[](Stream& on, For what, int& count) -> Task<> {
                auto ready = co_await on.ready(what, long_enough);
                EXPECT_TRUE(ready);
                ++count;
            };
            Scope scope;
            scope.spawn(wait, ours, For::reading, ended);
            scope.spawn(wait, ours, For::writing, ended);
            scope.spawn(wait, ours, For::peer_gone, ended);
            ours.abort();
            EXPECT_EQ(ended, 0);
            co_await scope.end();
            EXPECT_EQ(ended, 3);
            EXPECT_EQ(read_some(ours, text).state, Progress::failed);
            EXPECT_EQ(write_one(ours, "x").state, Progress::failed);
        },
        pair());
}

TEST_P(TcpStreamOver, a_whole_file)
{
    run(
        [](Pair ends) -> Task<> {
            constexpr std::size_t bytes = 3 << 20;
            const std::string content = pattern(bytes);
            const Descriptor file = temporary_file(content);
            TcpStream ours(std::move(ends.ours));
            TcpStream theirs(std::move(ends.theirs));
            std::string got;
            Scope scope;
            scope.spawn(read_until, theirs, bytes, got);
            std::size_t at = 0;
            while (at < bytes) {
                const Progress progress = ours.try_send_file(file.get(), at, bytes - at, More::no);
                if (progress.state == Progress::blocked) {
                    auto ready = co_await ours.ready(For::writing, long_enough);
                    EXPECT_TRUE(ready);
                    continue;
                }
                EXPECT_EQ(progress.state, Progress::done);
                if (progress.bytes == 0) break;
                at += progress.bytes;
            }
            co_await scope.end();
            EXPECT_TRUE(got == content);
        },
        pair());
}

// The file was cut short while it was sent. The send stops where it ends, and the next says so: it does not wait for
// room that was there all the time.
TEST_P(TcpStreamOver, a_file_that_ends_early)
{
    run(
        [](Pair ends) -> Task<> {
            const Descriptor file = temporary_file(pattern(1000));
            TcpStream ours(std::move(ends.ours));
            TcpStream theirs(std::move(ends.theirs));
            for (int round = 0; round < 3; ++round) {
                std::size_t at = 0;
                for (;;) {
                    const Progress progress = ours.try_send_file(file.get(), at, 5000 - at, More::no);
                    if (progress.state == Progress::blocked) {
                        auto ready = co_await ours.ready(For::writing, 1s);
                        EXPECT_TRUE(ready);
                        if (!ready) co_return;
                        continue;
                    }
                    EXPECT_EQ(progress.state, Progress::done);
                    if (progress.bytes == 0) break;
                    at += progress.bytes;
                }
                EXPECT_EQ(at, 1000u);
                const std::string got = co_await read_all(theirs, 1000);
                EXPECT_EQ(got, pattern(1000));
            }
        },
        pair());
}

TEST(TcpStream, a_file_that_cannot_be_read_says_nothing_of_the_peer)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream ours(std::move(ends.ours));
            const Descriptor directory(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            EXPECT_EQ(ours.try_send_file(directory.get(), 0, 100, More::no).state, Progress::failed);
            EXPECT_FALSE(ours.is_ready(For::peer_gone));
            EXPECT_EQ(write_one(ours, "x").state, Progress::done);
            co_return;
        },
        tcp_pair());
}

TEST(TcpStream, a_limit_and_a_cancel_end_the_wait)
{
    run(
        [](Pair ends) -> Task<> {
            TcpStream ours(std::move(ends.ours));
            std::string text;
            EXPECT_EQ(read_some(ours, text).state, Progress::blocked);
            auto waited = co_await ours.ready(For::reading, 1ms);
            EXPECT_TRUE(!waited && waited.error().kind == Error::timed_out);
            Scope scope;
            Error::Kind kind = Error::failed;
            scope.spawn(
                +[](Stream& on, Error::Kind& to) -> Task<> {
                    auto gone = co_await on.peer_gone();
                    if (!gone) to = gone.error().kind;
                },
                ours, kind);
            scope.cancel();
            co_await scope.end();
            EXPECT_EQ(kind, Error::cancelled);
            tell(ends.theirs, "x");
            auto ready = co_await ours.ready(For::reading, long_enough);
            EXPECT_TRUE(ready) << "what ended early left nothing behind";
        },
        tcp_pair());
}

// epoll takes no regular file (EPERM), as it takes no socket over fs.epoll.max_user_watches.
TEST(TcpStream, what_epoll_does_not_take_is_exhausted)
{
    run([]() -> Task<> {
        const Descriptor from = temporary_file("short");
        TcpStream odd(temporary_file(""));
        EXPECT_EQ(odd.try_send_file(from.get(), 0, 100, More::no).bytes, 5u);
        auto ready = co_await odd.ready(For::writing, long_enough);
        EXPECT_TRUE(!ready && ready.error().kind == Error::exhausted);
    });
}

}  // namespace
}  // namespace cais::io
