#include "trace/line_writer.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <string>
#include <system_error>
#include <utility>

#include <poll.h>
#include <signal.h>
#include <unistd.h>

namespace cais::trace {
namespace {

constexpr base::Duration retry = std::chrono::seconds(1);
constexpr base::Duration between_losses = std::chrono::seconds(1);
constexpr std::size_t kept_octets = std::size_t{256} << 10;  // of a queue that has grown in a burst

std::uint64_t count_lines(std::string_view text) { return static_cast<std::uint64_t>(std::ranges::count(text, '\n')); }

}  // namespace

struct LineWriter::State {
    State(int a_descriptor, Options some)
        : options(std::move(some))
        , descriptor(a_descriptor)
    {
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State()
    {
        ::close(descriptor);
        if (replacement >= 0) ::close(replacement);
    }

    void run();
    void write_all(std::string_view rest);
    void take_replacement();
    void tell_losses(std::unique_lock<std::mutex>& lock, bool all);

    const Options options;
    std::mutex mutex;
    std::condition_variable changed;  // for the thread: lines, a replacement, the end
    std::condition_variable settled;  // for flush() and the destructor
    std::string queue;                // what waits
    std::size_t in_hand = 0;          // octets that the thread has taken and not yet written
    int descriptor;                   // the thread's while in_hand > 0, else the mutex's
    int replacement = -1;
    std::uint64_t lost = 0;  // lines, not yet told
    base::Instant next_loss = base::Instant::min();
    bool failing = false;
    bool closing = false;
    bool abandoned = false;
    bool ended = false;
};

LineWriter::LineWriter(int descriptor, Options options)
    : state_(std::make_shared<State>(descriptor, std::move(options)))
{
}

LineWriter::~LineWriter()
{
    State& state = *state_;
    std::unique_lock lock(state.mutex);
    if (!thread_.joinable()) {
        state.tell_losses(lock, true);
        return;
    }
    state.closing = true;
    state.changed.notify_one();
    if (state.settled.wait_for(lock, state.options.closing, [&] { return state.ended; })) {
        lock.unlock();
        thread_.join();
        return;
    }
    // It stands in write(2), which nothing but the reader can end; it holds the state and ends by itself.
    state.abandoned = true;
    state.lost += count_lines(state.queue);
    state.queue.clear();
    state.tell_losses(lock, true);
    lock.unlock();
    thread_.detach();
}

bool LineWriter::write(std::string_view lines, std::uint64_t count)
{
    if (lines.empty()) return true;
    assert(lines.back() == '\n');
    State& state = *state_;
    std::unique_lock lock(state.mutex);
    bool taken = state.queue.size() + state.in_hand + lines.size() <= state.options.capacity;
    if (taken) {
        try {
            if (!thread_.joinable()) start(state);
            state.queue.append(lines);
        } catch (const std::exception&) {  // no thread, no memory: as if there were no room
            taken = false;
        }
    }
    if (!taken) {
        state.lost += count;
        state.tell_losses(lock, false);
        return false;
    }
    const bool first = state.queue.size() == lines.size();
    lock.unlock();
    if (first) state.changed.notify_one();
    return true;
}

// Under the lock. Signals are for the loops: the thread is born with all of them blocked.
void LineWriter::start(State& state)
{
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        thread_ = std::thread([kept = state_] { kept->run(); });
    } catch (...) {
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::pthread_setname_np(thread_.native_handle(), state.options.thread);
}

void LineWriter::replace(int descriptor)
{
    State& state = *state_;
    const std::lock_guard lock(state.mutex);
    if (state.replacement >= 0) ::close(state.replacement);
    state.replacement = descriptor;
    if (state.in_hand == 0) state.take_replacement();
    state.changed.notify_one();
}

bool LineWriter::flush(base::Duration limit)
{
    State& state = *state_;
    std::unique_lock lock(state.mutex);
    const auto empty = [&] { return state.queue.empty() && state.in_hand == 0; };
    state.settled.wait_for(lock, limit, [&] { return empty() || state.failing; });
    return empty();
}

// The thread.
void LineWriter::State::run()
{
    std::string taken;
    std::unique_lock lock(mutex);
    for (;;) {
        changed.wait(lock, [&] { return !queue.empty() || closing; });
        if (queue.empty()) break;
        std::swap(queue, taken);
        in_hand = taken.size();
        lock.unlock();
        write_all(taken);
        taken.clear();
        if (taken.capacity() > kept_octets) taken.shrink_to_fit();
        lock.lock();
        in_hand = 0;
        take_replacement();
        tell_losses(lock, false);
        if (queue.empty()) settled.notify_all();
    }
    tell_losses(lock, true);
    ended = true;
    settled.notify_all();
}

// Without the lock. Comes back when all is written, or when the writer is closing and the descriptor still fails.
void LineWriter::State::write_all(std::string_view rest)
{
    bool in_line = false;  // the last octet that was written did not end a line
    while (!rest.empty()) {
        const ssize_t written = ::write(descriptor, rest.data(), rest.size());
        if (written > 0) {
            in_line = rest[static_cast<std::size_t>(written) - 1] != '\n';
            rest.remove_prefix(static_cast<std::size_t>(written));
            continue;
        }
        const int number = written < 0 ? errno : EIO;
        if (number == EINTR) continue;
        if (number == EAGAIN) {  // somebody who shares the descriptor made it non-blocking
            pollfd wait{descriptor, POLLOUT, 0};
            ::poll(&wait, 1, 1000);
            const std::lock_guard lock(mutex);
            if (abandoned) return;
            continue;
        }

        std::unique_lock lock(mutex);
        if (!failing) {
            failing = true;
            settled.notify_all();
            lock.unlock();
            options.report({Report::failed, number});
            lock.lock();
        } else if (closing) {
            lost += count_lines(rest);
            return;
        }
        changed.wait_for(lock, retry, [&] { return closing || replacement >= 0; });
        if (replacement < 0) continue;
        take_replacement();
        if (in_line) {  // its first half is in the file that was left
            rest.remove_prefix(rest.find('\n') + 1);
            in_line = false;
            ++lost;
        }
    }
    std::unique_lock lock(mutex);
    if (!failing) return;
    failing = false;
    lock.unlock();
    options.report({Report::recovered});
}

// Under the lock, by whoever the descriptor belongs to.
void LineWriter::State::take_replacement()
{
    if (replacement < 0) return;
    ::close(std::exchange(descriptor, std::exchange(replacement, -1)));
}

// Under the lock, which is open during the report.
void LineWriter::State::tell_losses(std::unique_lock<std::mutex>& lock, bool all)
{
    if (lost == 0) return;
    const auto now = base::now();
    if (!all && now < next_loss) return;
    next_loss = now + between_losses;
    const Report report{Report::lost, 0, std::exchange(lost, 0)};
    lock.unlock();
    options.report(report);
    lock.lock();
}

}  // namespace cais::trace
