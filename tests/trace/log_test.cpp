#include "trace/log.h"

#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cais::trace {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr base::WallTime time_of_day{std::chrono::sys_days{std::chrono::year{2000} / 10 / 10} + 13h + 55min + 36s +
                                     7ms};

struct Case {
    const char* name;
    Level level;
    std::string_view message;
    LineStyle style;
    std::string_view want;
};

constexpr LineStyle plain{.timestamp = false, .colour = Colour::off};
constexpr LineStyle stamped{.timestamp = true, .colour = Colour::off};
constexpr LineStyle coloured{.timestamp = false, .colour = Colour::on};

constexpr Case cases[] = {
    {"plain", Level::error, "bind 127.0.0.1:80: Permission denied", plain,
     "error: bind 127.0.0.1:80: Permission denied\n"},
    {"stamped", Level::warning, "slow", stamped, "2000-10-10T13:55:36.007Z warning: slow\n"},
    {"coloured", Level::info, "hello", coloured, "\x1b[1minfo:\x1b[0m hello\n"},
    {"red", Level::error, "hello", coloured, "\x1b[1;31merror:\x1b[0m hello\n"},
    {"controls", Level::info, "a\nb\x1b[31m\x7f\xc2\x9b\tz", plain, "info: a?b?[31m???z\n"},
    {"utf8_stays", Level::info, "caf\xc3\xa9 \xc2\xa0\xe2\x82\xac", plain, "info: caf\xc3\xa9 \xc2\xa0\xe2\x82\xac\n"},
    {"no_utf8", Level::info, "\x9b caf\xe9", plain, "info: ? caf?\n"},
    {"empty", Level::info, "", plain, "info: \n"},
};

class LogLine : public testing::TestWithParam<Case> {};
TEST_P(LogLine, is_one_line_and_safe)
{
    const auto& [name, level, message, style, want] = GetParam();
    EXPECT_EQ(line_of(level, message, style, time_of_day), want);
}
INSTANTIATE_TEST_SUITE_P(, LogLine, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(LogMessage, ends_after_4_KiB_and_not_inside_a_character)
{
    EXPECT_EQ(line_of(Level::info, std::string(4096, 'x'), plain, {}), "info: " + std::string(4096, 'x') + "\n");
    EXPECT_EQ(line_of(Level::info, std::string(4095, 'x') + "\xc3\xa9", plain, {}),
              "info: " + std::string(4095, 'x') + "...\n");
}

TEST(Throttle, one_a_second_with_the_same_key_and_the_rest_counted)
{
    Throttle throttle;
    std::vector<std::string> told;
    const auto collect = [&](base::Instant now) {
        throttle.collect(
            now, [&](Key key, auto count) { told.push_back(std::string(key.words) + ' ' + std::to_string(count)); });
    };
    const base::Instant start{100s};
    EXPECT_TRUE(throttle.admit({"a"}, start));
    EXPECT_TRUE(throttle.admit({"b"}, start));
    EXPECT_FALSE(throttle.admit({"a"}, start));
    EXPECT_FALSE(throttle.admit({"a"}, start + 999ms));
    collect(start + 999ms);
    EXPECT_THAT(told, ElementsAre());
    collect(start + 1s);
    EXPECT_THAT(told, ElementsAre("a 2"));
    EXPECT_TRUE(throttle.admit({"a"}, start + 1s));
    collect(start + 10s);
    EXPECT_THAT(told, ElementsAre("a 2"));
}

TEST(Throttle, more_keys_than_places_share_the_last)
{
    std::vector<std::string> words;
    for (std::size_t i = 0; i <= Throttle::most_keys; ++i) words.push_back(std::to_string(i));
    Throttle throttle;
    const base::Instant start{100s};
    for (std::size_t i = 0; i < Throttle::most_keys; ++i) EXPECT_TRUE(throttle.admit({words[i]}, start));
    EXPECT_FALSE(throttle.admit({words[Throttle::most_keys]}, start));
}

// Collects what is logged while it lives.
class Collected {
public:
    Collected()
    {
        before_ = set_sink(
            [this](Level level, std::string_view message) { lines.push_back(line_of(level, message, plain, {})); });
    }
    Collected(const Collected&) = delete;
    Collected& operator=(const Collected&) = delete;
    ~Collected()
    {
        flush();  // what was left out belongs to this test
        set_sink(before_);
    }
    std::vector<std::string> lines;

private:
    Sink before_;
};

TEST(Log, goes_to_the_sink_and_keeps_the_level)
{
    Collected collected;
    log(Level::error, "one");
    set_level(Level::warning);
    log(Level::info, "two");
    log(Level::warning, "three");
    set_level(Level::info);
    log(Level::info, "four");
    EXPECT_THAT(collected.lines, ElementsAre("error: one\n", "warning: three\n", "info: four\n"));
}

TEST(Log, a_flood_is_one_line_and_a_count)
{
    Collected collected;
    for (int i = 0; i < 1000; ++i) log(Level::warning, {"log test: a flood"}, "too much");
    flush();
    // Where the machine stood still for a second between two of them there are more lines, and the sum is the same.
    if (collected.lines.size() == 2)
        EXPECT_THAT(collected.lines,
                    ElementsAre("warning: too much\n", "warning: log test: a flood: 999 more like it were left out\n"));
    EXPECT_LT(collected.lines.size(), 100u);
}

TEST(Log, many_threads_log_at_once)
{
    Collected collected;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([] {
                for (int i = 0; i < 500; ++i) {
                    log(Level::info, "a line");
                    log(Level::info, {"log test: many threads"}, "another");
                }
            });
    }
    flush();
    EXPECT_GE(collected.lines.size(), 2002u);
}

// Runs `body` in a child whose standard error is a pipe; gives what came out of it.
template <class Body>
std::string standard_error_of(Body body)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return "no pipe";
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        body();
        std::exit(0);  // as main's return does
    }
    ::close(ends[1]);
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t count = 0; (count = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
        text.append(buffer.data(), static_cast<std::size_t>(count));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return status == 0 ? text : "the child failed";
}

TEST(Log, standard_error_has_it_all_when_the_program_ends)
{
    const auto text = standard_error_of([] {
        log(Level::error, "the last words");
        log(Level::warning, {"log test: the end"}, "said");
        log(Level::warning, {"log test: the end"}, "not said");
    });
    EXPECT_THAT(text, testing::MatchesRegex(
                          "....-..-..T..:..:......Z error: the last words\n"
                          "....-..-..T..:..:......Z warning: said\n"
                          "....-..-..T..:..:......Z warning: log test: the end: 1 more like it was left out\n"));
}

}  // namespace
}  // namespace cais::trace
