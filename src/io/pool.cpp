#include "io/pool.h"

#include <csignal>

namespace cais::io {

Pool::~Pool()
{
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        jobs_.clear();
    }
    wanted_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void Pool::submit(std::move_only_function<void()> job)
{
    {
        const std::scoped_lock lock(mutex_);
        jobs_.push_back(std::move(job));
        if (idle_ < jobs_.size() && threads_.size() < most_threads_) threads_.emplace_back([this] { work(); });
    }
    wanted_.notify_one();
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
