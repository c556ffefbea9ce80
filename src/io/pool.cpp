#include "io/pool.h"

#include <csignal>
#include <system_error>

namespace cais::io {

Pool::~Pool()
{
    std::deque<std::move_only_function<void()>> dropped;
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        dropped.swap(jobs_);
    }
    wanted_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void Pool::submit(std::move_only_function<void()> job)
{
    {
        const std::scoped_lock lock(mutex_);
        jobs_.push_back(std::move(job));
        if (idle_ < jobs_.size() && threads_.size() < most_threads_) start_thread();
    }
    wanted_.notify_one();
}

// With the mutex held.
void Pool::start_thread()
{
    try {
        threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
        // The system gives no more threads. Those that run will come to the job; without one nobody would.
        if (!threads_.empty()) return;
        jobs_.pop_back();
        throw;
    }
}

void Pool::work()
{
    // Signals are the loops' business.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        wanted_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        --idle_;
        if (stopping_) return;
        auto job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
    }
}

}  // namespace cais::io
