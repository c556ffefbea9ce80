// A small pool of threads for calls that may block: cold files and directories, hashing, SQL. A job owns its arguments
// and its result; a cancelled wait returns at once, and the loop drops the result when it comes.
#pragma once
#include "base/result.h"
#include "io/loop.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace cais::io {

class Pool {
public:
    // Threads start when they are needed, up to `most_threads`, at least one.
    explicit Pool(unsigned most_threads) noexcept
        : most_threads_(most_threads)
    {
        assert(most_threads > 0);
    }
    // Waits for the jobs that run; those that wait are dropped. Every loop that has used it outlives it.
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    // Runs `job` on a thread of the pool. It throws nothing: nobody would hear.
    void submit(std::move_only_function<void()> job);

    // Runs `function()` on a thread of the pool; gives what it gave. `function` owns all that it touches.
    // Errors    timed_out, cancelled: nobody waits any more, the job still ends by itself.
    template <class Function>
    Task<Result<std::invoke_result_t<Function&>>> run(Function function, base::Duration limit);

private:
    void start_thread();
    void work();

    const unsigned most_threads_;
    std::mutex mutex_;
    std::condition_variable wanted_;
    std::deque<std::move_only_function<void()>> jobs_;
    std::vector<std::thread> threads_;
    unsigned idle_ = 0;
    bool stopping_ = false;
};

namespace detail {

// Shared by the job and who waits for it; `done` and the wait belong to the loop's thread.
template <class Value>
struct PoolJob {
    std::optional<Value> value;
    std::exception_ptr exception;
    Event done;
};

}  // namespace detail

template <class Function>
Task<Result<std::invoke_result_t<Function&>>> Pool::run(Function function, base::Duration limit)
{
    using Value = std::invoke_result_t<Function&>;
    auto job = std::make_shared<detail::PoolJob<Value>>();
    Loop* const loop = Loop::current();
    submit([job, loop, function = std::move(function)]() mutable {
        try {
            job->value.emplace(function());
        } catch (...) {
            job->exception = std::current_exception();
        }
        // The function goes here, not on the loop: what it holds may be dear to let go.
        loop->post([job = std::move(job)] { job->done.set(); });
    });
    auto waited = co_await job->done.wait(limit);
    if (!waited) co_return std::unexpected(waited.error());
    if (job->exception) std::rethrow_exception(job->exception);
    co_return std::move(*job->value);
}

}  // namespace cais::io
