#include "trace/line_writer.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace cais::trace {
namespace {

using namespace std::chrono_literals;

// What the writer reported, for a test to wait on.
class Reports {
public:
    void add(const LineWriter::Report& report)
    {
        const std::lock_guard lock(mutex_);
        all_.push_back(report);
        if (report.kind == LineWriter::Report::lost) lost_ += report.lines;
        changed_.notify_all();
    }
    bool wait_for(LineWriter::Report::Kind kind)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 20s, [&] { return count(kind) > 0; });
    }
    int number_of(LineWriter::Report::Kind kind)
    {
        const std::lock_guard lock(mutex_);
        return count(kind);
    }
    int first_errno()
    {
        const std::lock_guard lock(mutex_);
        return all_.empty() ? 0 : all_.front().number;
    }
    std::uint64_t lost()
    {
        const std::lock_guard lock(mutex_);
        return lost_;
    }

private:
    int count(LineWriter::Report::Kind kind) const
    {
        int number = 0;
        for (const auto& report : all_) number += report.kind == kind;
        return number;
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<LineWriter::Report> all_;
    std::uint64_t lost_ = 0;
};

struct Pipe {
    Pipe()
    {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
        reader = ends[0];
        writer = ends[1];
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() { close_reader(); }
    void close_reader()
    {
        if (reader >= 0) ::close(std::exchange(reader, -1));
    }
    // Until `octets` have come, or the end.
    std::string read(std::size_t octets = SIZE_MAX) const
    {
        std::string text;
        std::array<char, 4096> buffer{};
        while (text.size() < octets) {
            const auto count = ::read(reader, buffer.data(), std::min(buffer.size(), octets - text.size()));
            if (count <= 0) break;
            text.append(buffer.data(), static_cast<std::size_t>(count));
        }
        return text;
    }
    int reader = -1;
    int writer = -1;  // the LineWriter's
};

class LineWriterTest : public testing::Test {
protected:
    LineWriter::Options options(std::size_t capacity = 1 << 20)
    {
        return {.thread = "lines", .capacity = capacity, .report = [kept = reports](const auto& report) {
                    kept->add(report);
                }};
    }
    std::string path(const char* name) const { return (directory / name).string(); }
    static int open_file(const std::string& path)
    {
        return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    }
    static std::string content(const std::string& path)
    {
        std::ostringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }
    void SetUp() override
    {
        std::string name = (std::filesystem::temp_directory_path() / "cais-lines-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory = name;
    }
    void TearDown() override { std::filesystem::remove_all(directory); }

    std::shared_ptr<Reports> reports = std::make_shared<Reports>();
    std::filesystem::path directory;
};

TEST_F(LineWriterTest, writes_in_order_and_all_of_it_at_the_end)
{
    std::string want;
    {
        LineWriter writer(open_file(path("a")), options());
        for (int i = 0; i < 1000; ++i) {
            const std::string line = std::to_string(i) + '\n';
            ASSERT_TRUE(writer.write(line, 1));
            want += line;
        }
    }
    EXPECT_EQ(content(path("a")), want);
    EXPECT_EQ(reports->lost(), 0u);
}

TEST_F(LineWriterTest, nothing_written_starts_no_thread_and_ends)
{
    LineWriter writer(open_file(path("a")), options());
    EXPECT_TRUE(writer.flush(0s));
}

TEST_F(LineWriterTest, flush_waits_until_it_is_there)
{
    LineWriter writer(open_file(path("a")), options());
    writer.write("one\ntwo\n", 2);
    EXPECT_TRUE(writer.flush(20s));
    EXPECT_EQ(content(path("a")), "one\ntwo\n");
}

TEST_F(LineWriterTest, a_pipe_that_nobody_reads_never_blocks_and_losses_are_counted)
{
    Pipe pipe;
    ASSERT_EQ(::fcntl(pipe.writer, F_SETPIPE_SZ, 4096), 4096);  // less than may wait
    constexpr int lines = 4096;
    const std::string line = std::string(255, 'x') + '\n';
    std::uint64_t refused = 0;
    std::string text;
    {
        LineWriter writer(pipe.writer, options(64 << 10));
        for (int i = 0; i < lines; ++i) refused += writer.write(line, 1) ? 0 : 1;  // 1 MiB into 68 KiB
        EXPECT_GT(refused, 0u);
        EXPECT_FALSE(writer.flush(0s));
        text = pipe.read((lines - refused) * line.size());
        EXPECT_TRUE(writer.flush(20s));
    }
    text += pipe.read();
    EXPECT_EQ(text.size(), (lines - refused) * line.size());
    EXPECT_EQ(reports->lost(), refused);
    EXPECT_LE(reports->number_of(LineWriter::Report::lost), 21);  // one a second, not one a line
}

TEST_F(LineWriterTest, the_end_is_bounded_even_where_the_pipe_stays_full)
{
    Pipe pipe;
    auto some = options();
    some.closing = 10ms;
    {
        LineWriter writer(pipe.writer, some);
        const std::string lines = std::string(128 << 10, 'x') + '\n';
        writer.write(lines, 1);
        EXPECT_FALSE(writer.flush(50ms));  // the thread stands in write(2) now
        writer.write("never\nwritten\n", 2);
    }
    EXPECT_EQ(reports->lost(), 2u);
    pipe.close_reader();  // the thread that was left behind ends with EPIPE, which kills nobody
    EXPECT_TRUE(reports->wait_for(LineWriter::Report::failed));
}

TEST_F(LineWriterTest, a_full_disk_is_said_once_and_the_lines_wait_for_a_better_one)
{
    LineWriter writer(::open("/dev/full", O_WRONLY | O_CLOEXEC), options());
    writer.write("one\n", 1);
    ASSERT_TRUE(reports->wait_for(LineWriter::Report::failed));
    EXPECT_EQ(reports->first_errno(), ENOSPC);
    EXPECT_FALSE(writer.flush(20s));  // at once: it fails
    writer.write("two\n", 1);
    writer.replace(open_file(path("a")));
    ASSERT_TRUE(reports->wait_for(LineWriter::Report::recovered));
    EXPECT_TRUE(writer.flush(20s));
    EXPECT_EQ(content(path("a")), "one\ntwo\n");
    EXPECT_EQ(reports->number_of(LineWriter::Report::failed), 1);
    EXPECT_EQ(reports->lost(), 0u);
}

TEST_F(LineWriterTest, a_full_disk_at_the_end_loses_what_waits_and_says_so)
{
    {
        LineWriter writer(::open("/dev/full", O_WRONLY | O_CLOEXEC), options(8));
        writer.write("one\n", 1);
        ASSERT_TRUE(reports->wait_for(LineWriter::Report::failed));
        EXPECT_TRUE(writer.write("two\n", 1));
        EXPECT_FALSE(writer.write("x\n", 1));  // over the capacity
    }
    EXPECT_EQ(reports->lost(), 3u);
}

// A disk that takes so many octets of a file and then no more: write(2) gives less than was asked for, then EFBIG.
class SmallDisk {
public:
    explicit SmallDisk(rlim_t octets)
    {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit small{octets, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &small);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

private:
    rlimit before_{};
};

TEST_F(LineWriterTest, a_torn_line_is_finished_when_there_is_room_again)
{
    LineWriter writer(open_file(path("a")), options());
    {
        const SmallDisk disk(10);
        writer.write("one\ntwo\nthree\nfour\n", 4);
        ASSERT_TRUE(reports->wait_for(LineWriter::Report::failed));
        EXPECT_EQ(reports->first_errno(), EFBIG);
        EXPECT_EQ(content(path("a")), "one\ntwo\nth");
        writer.write("five\n", 1);
    }
    ASSERT_TRUE(reports->wait_for(LineWriter::Report::recovered));  // the writer's own try, a second later
    ASSERT_TRUE(writer.flush(20s));
    EXPECT_EQ(content(path("a")), "one\ntwo\nthree\nfour\nfive\n");
    EXPECT_EQ(reports->lost(), 0u);
}

TEST_F(LineWriterTest, the_second_half_of_a_torn_line_does_not_reach_another_file)
{
    {
        LineWriter writer(open_file(path("a")), options());
        const SmallDisk disk(10);
        writer.write("one\ntwo\nthree\nfour\n", 4);
        ASSERT_TRUE(reports->wait_for(LineWriter::Report::failed));
        writer.replace(open_file(path("b")));
        ASSERT_TRUE(reports->wait_for(LineWriter::Report::recovered));
    }
    EXPECT_EQ(content(path("a")), "one\ntwo\nth");
    EXPECT_EQ(content(path("b")), "four\n");
    EXPECT_EQ(reports->lost(), 1u);
}

TEST_F(LineWriterTest, a_reader_that_went_away_is_a_failure_and_kills_nobody)
{
    Pipe pipe;
    LineWriter writer(pipe.writer, options());
    pipe.close_reader();
    writer.write("one\n", 1);
    ASSERT_TRUE(reports->wait_for(LineWriter::Report::failed));
    EXPECT_EQ(reports->first_errno(), EPIPE);
}

TEST_F(LineWriterTest, a_non_blocking_descriptor_is_waited_for)
{
    Pipe pipe;
    ::fcntl(pipe.writer, F_SETFL, O_NONBLOCK);
    const std::string line = std::string(255, 'x') + '\n';
    std::string text;
    {
        LineWriter writer(pipe.writer, options());
        for (int i = 0; i < 1024; ++i) ASSERT_TRUE(writer.write(line, 1));
        text = pipe.read(1024 * line.size());
    }
    EXPECT_EQ(text.size(), 1024 * line.size());
    EXPECT_EQ(reports->number_of(LineWriter::Report::failed), 0);
}

TEST_F(LineWriterTest, replacing_while_lines_come_from_many_threads_loses_none)
{
    constexpr int threads = 4, lines = 2000;
    {
        LineWriter writer(open_file(path("a")), options());
        std::vector<std::jthread> producers;
        for (int t = 0; t < threads; ++t)
            producers.emplace_back([&] {
                for (int i = 0; i < lines; ++i)
                    while (!writer.write("a line\n", 1)) writer.flush(1s);
            });
        for (int i = 0; i < 20; ++i) writer.replace(open_file(path(i % 2 == 0 ? "b" : "a")));
    }
    const auto text = content(path("a")) + content(path("b"));
    EXPECT_EQ(text.size(), threads * lines * std::string_view("a line\n").size());
}

}  // namespace
}  // namespace cais::trace
