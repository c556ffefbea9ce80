#include "io/signals.h"

#include <csignal>
#include <system_error>

#include <sys/signalfd.h>
#include <unistd.h>

namespace cais::io {
namespace {

sigset_t set_of(std::initializer_list<int> signals)
{
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) sigaddset(&set, signal);
    return set;
}

}  // namespace

void block_signals(std::initializer_list<int> signals)
{
    const sigset_t set = set_of(signals);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

Signals::Signals(std::initializer_list<int> signals)
    : source_([&] {
        const sigset_t set = set_of(signals);
        Descriptor descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
        if (!descriptor) throw std::system_error(errno, std::generic_category(), "signalfd");
        return descriptor;
    }())
{
}

Task<Result<int>> Signals::next()
{
    for (;;) {
        const bool readable = co_await Readable(source_);
        if (!readable) co_return fail(Error::cancelled, "no longer waiting for signals");
        signalfd_siginfo info;
        const ssize_t got = ::read(source_.fd(), &info, sizeof info);
        if (got == sizeof info) co_return static_cast<int>(info.ssi_signo);
        if (got < 0 && errno == EINTR) continue;
        source_.would_block();
    }
}

}  // namespace cais::io
