#include "io/pool.h"
#include "io/process.h"
#include "io/scope.h"
#include "running.h"

#include <fstream>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/wait.h>

namespace cais::io {
namespace {

// What running it came to, in words.
std::string run_words(std::vector<std::string> arguments, base::Duration limit = long_enough, std::size_t most = 4096)
{
    std::string words;
    Loop loop;
    {
        Pool pool(2);
        loop.use(pool);
        loop.run([](Command command, std::string& to) -> Task<void> {
            auto outcome = co_await io::run(std::move(command));
            if (!outcome) to = outcome.error().kind == Error::timed_out ? "timed out" : base::describe(outcome.error());
            else to = std::to_string(outcome->status) + " <" + outcome->output + ">";
        }(Command{std::move(arguments), limit, most}, words));
    }
    return words;
}

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG | WNOWAIT) != -1; }

TEST(Process, status_and_both_outputs)
{
    EXPECT_EQ(run_words({"sh", "-c", "printf out; printf err >&2; exit 3"}), "3 <outerr>");
    EXPECT_EQ(run_words({"/bin/true"}), "0 <>");
    EXPECT_EQ(run_words({"sh", "-c", "kill -TERM $$"}), "143 <>");
}

TEST(Process, arguments_are_never_a_shell_s)
{
    EXPECT_EQ(run_words({"printf", "%s|", "a b", "$(id)", "; exit 7", ""}), "0 <a b|$(id)|; exit 7||>");
}

TEST(Process, input_is_empty) { EXPECT_EQ(run_words({"cat"}), "0 <>"); }

TEST(Process, no_descriptor_of_ours_and_no_signal_blocked)
{
    const Descriptor ours(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const Descriptor inherited(::dup(ours.get()));  // as a careless parent's
    EXPECT_EQ(run_words({"ls", "/proc/self/fd"}), "0 <0\n1\n2\n3\n>");
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(run_words({"sh", "-c", "kill -TERM $$; echo alive"}), "143 <>");
    EXPECT_EQ(run_words({"sh", "-c", "kill -PIPE $$; echo alive"}), "141 <>");
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

TEST(Process, output_is_bounded)
{
    const auto words = run_words({"sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x"}, long_enough, 100);
    EXPECT_EQ(words, "0 <" + std::string(100, 'x') + ">");
}

TEST(Process, what_cannot_be_started_says_why)
{
    EXPECT_EQ(run_words({"/none/such"}), "start the program: No such file or directory");
    EXPECT_EQ(run_words({"/etc/passwd"}), "start the program: Permission denied");
}

// The whole group ends, also one that takes no notice of polite signals.
TEST(Process, ends_with_its_limit)
{
    const std::string file = testing::TempDir() + "/process_test.pid";
    EXPECT_EQ(run_words({"sh", "-c", "trap '' TERM; sleep 1000 & echo $! > " + file + "; wait"}, 200ms), "timed out");
    int pid = 0;
    std::ifstream(file) >> pid;
    ASSERT_GT(pid, 0);
    for (int i = 0; i < 1000 && ::kill(pid, 0) == 0; ++i) ::usleep(1000);
    // Gone, or waiting to be reaped by whoever took it over.
    std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
    std::string number, name, state;
    if (status >> number >> name >> state) EXPECT_EQ(state, "Z");
    EXPECT_FALSE(has_children());
}

TEST(Process, what_it_left_behind_holds_nobody_up)
{
    EXPECT_EQ(run_words({"sh", "-c", "sleep 1000 & echo done"}), "0 <done\n>");
    EXPECT_FALSE(has_children());
}

TEST(Process, cancelled_while_it_runs)
{
    Loop loop;
    Pool pool(2);
    loop.use(pool);
    static bool has_ended;
    has_ended = false;
    loop.run([]() -> Task<void> {
        Scope scope;
        scope.spawn(+[]() -> Task<void> {
            auto outcome = co_await io::run(Command{{"sleep", "1000"}, long_enough, 10});
            EXPECT_FALSE(outcome);
            if (!outcome) EXPECT_EQ(outcome.error().kind, Error::cancelled);
            has_ended = true;
        });
        const bool slept = co_await sleep_for(50ms);
        EXPECT_TRUE(slept);
        scope.cancel();
        co_await scope.end();
    }());
    EXPECT_TRUE(has_ended);
}

}  // namespace
}  // namespace cais::io
