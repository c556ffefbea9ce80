#include "server/access_log.h"
#include "trace/log.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::server {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

http::ExchangeRecord request(std::string_view target)
{
    return {.peer = "127.0.0.1",
            .method = "GET",
            .target = target,
            .version = "HTTP/1.1",
            .status = 200,
            .content_bytes_sent = 5};
}

std::string line_for(std::string_view target)
{
    return "127.0.0.1 - - [01/Jan/1970:00:00:00 +0000] \"GET " + std::string(target) + " HTTP/1.1\" 200 5\n";
}

// The program's own log while the test runs, to wait on.
class Warnings {
public:
    Warnings()
    {
        before_ = trace::set_sink([this](trace::Level, std::string_view message) {
            const std::lock_guard lock(mutex_);
            lines_.emplace_back(message);
            changed_.notify_all();
        });
    }
    Warnings(const Warnings&) = delete;
    Warnings& operator=(const Warnings&) = delete;
    ~Warnings() { trace::set_sink(before_); }
    bool wait_for(std::string_view part)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 20s, [&] { return count(part) > 0; });
    }
    std::size_t number_with(std::string_view part)
    {
        const std::lock_guard lock(mutex_);
        return count(part);
    }
    // The sum of the numbers of "N lines were lost".
    std::uint64_t lost()
    {
        const std::lock_guard lock(mutex_);
        std::uint64_t sum = 0;
        for (const auto& line : lines_)
            if (const auto end = line.find(" line"); end != std::string::npos && line.contains(" lost"))
                sum += std::stoull(line.substr(line.rfind(' ', end - 1) + 1));
        return sum;
    }
    std::string text()
    {
        const std::lock_guard lock(mutex_);
        std::string all;
        for (const auto& line : lines_) all += line + '\n';
        return all;
    }

private:
    std::size_t count(std::string_view part) const
    {
        return static_cast<std::size_t>(
            std::ranges::count_if(lines_, [&](const auto& line) { return line.contains(part); }));
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> lines_;
    trace::Sink before_;
};

class AccessLogTest : public testing::Test {
protected:
    void SetUp() override
    {
        std::string name = (std::filesystem::temp_directory_path() / "cais-access-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory = name;
    }
    void TearDown() override { std::filesystem::remove_all(directory); }
    std::string path(const char* name) const { return (directory / name).string(); }
    static std::string content(const std::string& file)
    {
        std::ostringstream text;
        text << std::ifstream(file).rdbuf();
        return text.str();
    }
    static std::unique_ptr<AccessLog> open(AccessLog::Config config)
    {
        auto log = AccessLog::open(std::move(config));
        if (!log) {
            ADD_FAILURE() << base::describe(log.error());
            std::abort();
        }
        return std::move(*log);
    }

    std::filesystem::path directory;
    Warnings warnings;
    base::Instant start = base::now();
};

TEST_F(AccessLogTest, appends_to_a_file_that_its_group_may_read)
{
    std::ofstream(path("a")) << "before\n";
    const mode_t mask = ::umask(0);
    {
        auto log = open({.file = path("a")});
        AccessLog::Buffer buffer(*log);
        buffer.record(request("/1"), start);
        auto other = open({.file = path("b")});
    }
    ::umask(mask);
    EXPECT_EQ(content(path("a")), "before\n" + line_for("/1"));
    struct stat facts{};
    ASSERT_EQ(::stat(path("b").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777, 0640u);
    EXPECT_EQ(warnings.text(), "");
}

TEST_F(AccessLogTest, a_file_that_cannot_be_opened_is_an_error)
{
    EXPECT_EQ(AccessLog::open({.file = path("no/such")}).error().kind, Error::not_found);
    EXPECT_EQ(AccessLog::open({.file = directory.string()}).error().number, EISDIR);
    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    EXPECT_EQ(AccessLog::open({.file = path("fifo")}).error().number, ENXIO);  // and not a wait for a reader
}

TEST_F(AccessLogTest, lines_wait_a_second_at_most)
{
    auto log = open({.file = path("a")});
    AccessLog::Buffer buffer(*log);
    EXPECT_EQ(buffer.due(), base::never);
    buffer.turn_ended(start);
    buffer.record(request("/1"), start);
    EXPECT_EQ(buffer.due(), start + 1s);
    buffer.record(request("/2"), start + 500ms);
    EXPECT_EQ(buffer.due(), start + 1s);
    buffer.turn_ended(start + 999ms);
    EXPECT_EQ(buffer.due(), start + 1s);
    buffer.turn_ended(start + 1s);
    EXPECT_EQ(buffer.due(), base::never);
    ASSERT_TRUE(log->flush(20s));
    EXPECT_EQ(content(path("a")), line_for("/1") + line_for("/2"));
}

TEST_F(AccessLogTest, a_terminal_sees_each_turn)
{
    const int controller = ::posix_openpt(O_RDWR | O_NOCTTY);
    if (controller < 0 || ::grantpt(controller) != 0 || ::unlockpt(controller) != 0)
        FAIL() << "this machine gives no pseudo-terminal";
    auto log = open({.file = ::ptsname(controller)});
    AccessLog::Buffer buffer(*log);
    buffer.record(request("/1"), start);
    EXPECT_EQ(buffer.due(), start);
    buffer.turn_ended(start);
    EXPECT_EQ(buffer.due(), base::never);
    std::string text;
    std::array<char, 4096> octets{};
    while (!text.contains('\n')) {
        const auto count = ::read(controller, octets.data(), octets.size());
        ASSERT_GT(count, 0);
        text.append(octets.data(), static_cast<std::size_t>(count));
    }
    EXPECT_THAT(text, HasSubstr("\"GET /1 HTTP/1.1\" 200 5"));
    log.reset();
    ::close(controller);
}

TEST_F(AccessLogTest, a_full_buffer_is_handed_over_by_itself)
{
    std::string want;
    auto log = open({.file = path("a")});
    {
        AccessLog::Buffer buffer(*log);
        for (int i = 0; i < 5000; ++i) {
            const auto target = "/" + std::to_string(i);
            buffer.record(request(target), start);
            want += line_for(target);
        }
    }
    ASSERT_TRUE(log->flush(20s));
    EXPECT_EQ(content(path("a")), want);
}

TEST_F(AccessLogTest, a_line_longer_than_the_buffer_keeps_its_place)
{
    const std::string before = "/before", after = "/after", longest = "/" + std::string(8000, '"');
    auto log = open({.file = path("a")});
    {
        AccessLog::Buffer buffer(*log);
        buffer.record(request(before), start);
        buffer.record(request(longest), start);
        buffer.record(request(after), start);
    }
    ASSERT_TRUE(log->flush(20s));
    const auto text = content(path("a"));
    EXPECT_THAT(text, testing::StartsWith(line_for(before)));
    EXPECT_THAT(text, testing::EndsWith(line_for(after)));
    EXPECT_EQ(std::ranges::count(text, '\n'), 3);
    EXPECT_EQ(std::ranges::count(text, '\\'), 8000);
}

TEST_F(AccessLogTest, rotation_renames_and_reopens)
{
    auto log = open({.file = path("a")});
    AccessLog::Buffer buffer(*log);
    buffer.record(request("/1"), start);
    buffer.hand_over();
    ASSERT_TRUE(log->flush(20s));
    std::filesystem::rename(path("a"), path("a.1"));
    buffer.record(request("/2"), start);
    buffer.hand_over();
    ASSERT_TRUE(log->flush(20s));  // still to the old one
    EXPECT_TRUE(log->reopen());
    buffer.record(request("/3"), start);
    buffer.hand_over();
    ASSERT_TRUE(log->flush(20s));
    EXPECT_EQ(content(path("a.1")), line_for("/1") + line_for("/2"));
    EXPECT_EQ(content(path("a")), line_for("/3"));
}

TEST_F(AccessLogTest, a_reopen_that_fails_says_why_and_goes_on)
{
    std::filesystem::create_directory(path("d"));
    auto log = open({.file = path("d/a")});
    AccessLog::Buffer buffer(*log);
    std::filesystem::rename(path("d"), path("e"));
    EXPECT_FALSE(log->reopen());
    EXPECT_THAT(warnings.text(), HasSubstr("open it again: No such file or directory"));
    buffer.record(request("/1"), start);
    buffer.hand_over();
    ASSERT_TRUE(log->flush(20s));
    EXPECT_EQ(content(path("e/a")), line_for("/1"));
}

TEST_F(AccessLogTest, a_full_disk_stops_nobody_is_said_once_and_ends_with_a_better_file)
{
    std::filesystem::create_symlink("/dev/full", path("a"));
    auto log = open({.file = path("a"), .waiting_bytes = 4096});
    AccessLog::Buffer buffer(*log);
    buffer.record(request("/kept"), start);
    buffer.hand_over();
    ASSERT_TRUE(warnings.wait_for("write: No space left on device"));
    constexpr int more = 1000;
    for (int i = 0; i < more; ++i) {
        buffer.record(request("/more"), start);
        buffer.hand_over();
    }
    std::filesystem::remove(path("a"));
    EXPECT_TRUE(log->reopen());
    ASSERT_TRUE(warnings.wait_for("written again"));
    ASSERT_TRUE(log->flush(20s));  // or what waits may leave no room
    buffer.record(request("/last"), start);
    buffer.hand_over();
    ASSERT_TRUE(log->flush(20s));
    const auto text = content(path("a"));
    EXPECT_THAT(text, testing::StartsWith(line_for("/kept") + line_for("/more")));
    EXPECT_THAT(text, testing::EndsWith(line_for("/last")));
    EXPECT_EQ(warnings.number_with("No space left"), 1u);
    // What was not written was told, at the latest when the log ends.
    const auto written = static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
    log.reset();
    EXPECT_EQ(written + warnings.lost(), 2u + more);
    EXPECT_LE(warnings.number_with("lost"), 25u);  // one a second, not one a line
}

TEST_F(AccessLogTest, a_pipe_that_nobody_reads_stops_nobody)
{
    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    const int reader = ::open(path("fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ASSERT_GE(reader, 0);
    auto log = open({.file = path("fifo"), .waiting_bytes = 64 << 10});
    constexpr std::uint64_t lines = 20000;
    {
        AccessLog::Buffer buffer(*log);
        for (std::uint64_t i = 0; i < lines; ++i) buffer.record(request("/x"), start);  // 1.4 MB into 128 KiB
    }
    ASSERT_TRUE(warnings.wait_for("were lost"));
    ::fcntl(reader, F_SETFL, 0);
    std::jthread ender([&] { log.reset(); });
    std::string text;
    std::array<char, 65536> octets{};
    for (ssize_t count = 0; (count = ::read(reader, octets.data(), octets.size())) > 0;)
        text.append(octets.data(), static_cast<std::size_t>(count));
    ender.join();
    ::close(reader);
    const auto written = static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
    EXPECT_EQ(text.size(), written * line_for("/x").size());  // whole lines
    EXPECT_EQ(written + warnings.lost(), lines);
}

TEST_F(AccessLogTest, many_loops_write_whole_lines_while_it_is_rotated)
{
    constexpr int loops = 4, lines = 5000;
    auto log = open({.file = path("a")});
    {
        std::vector<std::jthread> threads;
        for (int loop = 0; loop < loops; ++loop)
            threads.emplace_back([&, loop] {
                AccessLog::Buffer buffer(*log);
                const auto target = "/loop/" + std::to_string(loop);
                for (int i = 0; i < lines; ++i) {
                    buffer.record(request(target), start);
                    if (i % 100 == 0) buffer.hand_over();
                }
            });
        for (int i = 0; i < 10; ++i) {
            std::filesystem::rename(path("a"), path(("a." + std::to_string(i)).c_str()));
            ASSERT_TRUE(log->reopen());
        }
    }
    ASSERT_TRUE(log->flush(20s));
    std::array<int, loops> seen{};
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        std::ifstream file(entry.path());
        for (std::string line; std::getline(file, line);) {
            int which = 0;
            while (which < loops && line + '\n' != line_for("/loop/" + std::to_string(which))) ++which;
            ASSERT_LT(which, loops) << line;
            ++seen[static_cast<std::size_t>(which)];
        }
    }
    EXPECT_THAT(seen, testing::Each(lines));
}

}  // namespace
}  // namespace cais::server
