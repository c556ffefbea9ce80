#include "cli/program_run.h"

#include "io/descriptor.h"

#include <algorithm>
#include <array>
#include <spawn.h>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cais::cli {
namespace {

constexpr std::size_t most_output = 64 * 1024;

std::vector<char*> environment_in_english()
{
    static char english[] = "LC_ALL=C";
    std::vector<char*> all = {english};
    for (char** variable = ::environ; *variable != nullptr; ++variable)
        if (!std::string_view(*variable).starts_with("LC_ALL=")) all.push_back(*variable);
    all.push_back(nullptr);
    return all;
}

// Until the other side has closed it, or `until`.
Result<void> read_all(int from, std::string& to, base::Instant until)
{
    std::array<char, 4096> piece{};
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - base::now()).count();
        if (left <= 0) return fail(Error::timed_out, "it has not ended in time");
        pollfd wanted{from, POLLIN, 0};
        if (::poll(&wanted, 1, static_cast<int>(left)) <= 0) continue;
        const auto got = ::read(from, piece.data(), piece.size());
        if (got == 0) return {};
        if (got < 0 && errno != EINTR) return fail_errno("read what it says");
        if (got > 0) to.append(piece.data(), std::min(static_cast<std::size_t>(got), most_output - to.size()));
    }
}

}  // namespace

Result<ProgramRun> run_program(std::span<const std::string> arguments, base::Duration limit)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("make a pipe");
    const io::Descriptor from(ends[0]);
    io::Descriptor to(ends[1]);

    std::vector<char*> words;
    for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));  // exec's signature
    words.push_back(nullptr);
    auto environment = environment_in_english();

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, to.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, to.get(), STDERR_FILENO);
    ::posix_spawnattr_setflags(&attributes,
                               POSIX_SPAWN_SETSID);  // no terminal: a question for a passphrase would wait for ever
    pid_t child = 0;
    const int refused = ::posix_spawnp(&child, words[0], &actions, &attributes, words.data(), environment.data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    to.close();
    if (refused != 0) return fail_errno("start it", refused);

    ProgramRun run;
    const auto read = read_all(from.get(), run.output, base::now() + limit);
    if (!read) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!read) return std::unexpected(read.error());
    run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return run;
}

}  // namespace cais::cli
