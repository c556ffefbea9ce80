#include "io/process.h"

#include "io/pool.h"
#include "io/reactor.h"
#include "io/within.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <spawn.h>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cais::io {
namespace {

// A program that was started; the whole group ends with this.
class Child {
public:
    Child(pid_t pid, Descriptor handle, Descriptor output) noexcept
        : handle(std::move(handle))
        , output(std::move(output))
        , pid_(pid)
    {
    }
    Child(Child&& other) noexcept
        : handle(std::move(other.handle))
        , output(std::move(other.output))
        , pid_(std::exchange(other.pid_, 0))
    {
    }
    Child& operator=(Child&&) = delete;
    // On the loop. Its end after SIGKILL may still wait for a disk, so the pool waits for it.
    ~Child()
    {
        if (pid_ == 0) return;
        ::kill(-pid_, SIGKILL);  // not reaped yet, so that the number is still its own
        Loop::current()->pool().submit([pid = pid_] { reap(pid); });
    }

    // After the handle has become readable: it has ended. What is left of its group ends too.
    int reap() noexcept
    {
        ::kill(-pid_, SIGKILL);
        return reap(std::exchange(pid_, 0));
    }

    Descriptor handle;  // pidfd_open(2)
    Descriptor output;

private:
    static int reap(pid_t pid) noexcept
    {
        siginfo_t info{};
        while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0 && errno == EINTR) {
        }
        return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    }

    pid_t pid_;
};

// On the pool: exec may wait for a disk.
Result<Child> start(const std::vector<std::string>& arguments)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("make a pipe");
    Descriptor ours(ends[0]);
    const Descriptor theirs(ends[1]);
    ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);

    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, theirs.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, theirs.get(), STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);  // also what we were started with
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    std::vector<char*> texts;
    for (const auto& argument : arguments) texts.push_back(const_cast<char*>(argument.c_str()));  // NOLINT: exec(3)
    texts.push_back(nullptr);
    pid_t pid = 0;
    const int fault = ::posix_spawnp(&pid, texts.front(), &files, &attributes, texts.data(), ::environ);
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
    if (fault != 0) return fail_errno("start the program", fault);

    Child child(pid, Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))), std::move(ours));
    if (!child.handle) {
        const int number = errno;
        child.reap();  // ends it first
        return fail_errno("watch the program", number);
    }
    return child;
}

// False where nothing more comes.
bool read_some(Source& source, std::string& output, std::size_t most)
{
    std::array<char, 4096> piece;
    for (int i = 0; i < 16; ++i) {
        const ssize_t got = ::read(source.fd(), piece.data(), piece.size());
        if (got > 0) {
            output.append(piece.data(), std::min(static_cast<std::size_t>(got), most - output.size()));
            continue;
        }
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) source.would_block();
        return got < 0 && errno == EAGAIN;
    }
    return true;
}

Task<void> read_output(Source& source, std::string& output, std::size_t most)
{
    for (;;) {
        const bool goes_on = co_await Readable(source);
        if (!goes_on || !read_some(source, output, most)) co_return;
        const bool not_cancelled = co_await yield();
        if (!not_cancelled) co_return;
    }
}

Task<Result<Outcome>> to_its_end(Command& command)
{
    auto begun = co_await Loop::current()->pool().run([arguments = command.arguments] { return start(arguments); },
                                                      base::without_limit);
    if (!begun) co_return std::unexpected(begun.error());
    if (!*begun) co_return std::unexpected(begun->error());
    Child child = std::move(**begun);

    Outcome outcome;
    Source output(std::move(child.output));
    Source handle(std::move(child.handle));
    handle.would_block();
    Scope reading;
    reading.spawn(read_output, output, outcome.output, command.most_output);
    const bool has_ended = co_await Readable(handle);
    reading.cancel();
    co_await reading.end();
    if (!has_ended) co_return fail(Error::cancelled, "the program was ended");
    read_some(output, outcome.output, command.most_output);  // what it said last
    outcome.status = child.reap();
    co_return outcome;
}

}  // namespace

Task<Result<Outcome>> run(Command command)
{
    assert(!command.arguments.empty());
    auto outcome = co_await within(command.limit, to_its_end(command));
    co_return outcome;
}

}  // namespace cais::io
