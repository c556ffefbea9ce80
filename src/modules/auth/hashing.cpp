#include "modules/auth/hashing.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <vector>

namespace cais::auth {
namespace {

constexpr auto longest_wait = std::chrono::seconds(10);

// Shared by the job and who waits for it; `result` and `done` belong to the loop's thread once the job has posted.
struct Answer {
    Result<bool> result = false;
    io::Event done;
    std::atomic<bool> is_wanted = true;
};

}  // namespace

struct Hashing::State {
    struct Job {
        std::move_only_function<void()> run;
        io::Address address;
    };
    Bounds bounds;
    std::mutex mutex;
    std::deque<Job> waiting;
    std::vector<io::Address> taken;  // of those that wait or run
    unsigned runners = 0;
};

// A job of the pool that runs ours, one after the other, until none is left.
class Hashing::Runner {
public:
    explicit Runner(std::shared_ptr<State> state) noexcept
        : state_(std::move(state))
    {
    }
    Runner(Runner&&) = default;
    Runner& operator=(Runner&&) = delete;
    // One that never ran, since the server ends or the system gives no thread: nobody will come for what waits.
    ~Runner()
    {
        if (!state_) return;
        std::deque<State::Job> dropped;
        const std::scoped_lock lock(state_->mutex);
        if (--state_->runners > 0) return;
        dropped.swap(state_->waiting);
        state_->taken.clear();
    }

    void operator()()
    {
        const auto state = std::move(state_);
        for (;;) {
            std::optional<State::Job> job;
            {
                const std::scoped_lock lock(state->mutex);
                if (state->waiting.empty()) {
                    --state->runners;
                    return;
                }
                job = std::move(state->waiting.front());
                state->waiting.pop_front();
            }
            job->run();
            const auto address = job->address;
            job.reset();
            const std::scoped_lock lock(state->mutex);
            const auto ours = std::ranges::find(state->taken, address);
            *ours = state->taken.back();
            state->taken.pop_back();
        }
    }

private:
    std::shared_ptr<State> state_;
};

Hashing::Hashing(Bounds bounds)
    : state_(std::make_shared<State>())
{
    state_->bounds = bounds;
    if (bounds.at_once == 0) state_->bounds.at_once = std::clamp(std::thread::hardware_concurrency() / 2, 1u, 4u);
}

io::Task<Result<bool>> Hashing::run(io::Address address, std::move_only_function<Result<bool>()> work)
{
    // Told when nobody waits any more.
    struct Waiting {
        std::shared_ptr<Answer> answer = std::make_shared<Answer>();
        ~Waiting() { answer->is_wanted = false; }
    };
    const Waiting waiting;
    bool wants_runner = false;
    {
        State& state = *state_;
        const std::scoped_lock lock(state.mutex);
        const auto from_there = static_cast<std::size_t>(std::ranges::count(state.taken, address));
        if (state.taken.size() >= state.bounds.waiting || from_there >= state.bounds.from_one_address)
            co_return fail(Error::busy, "too many passwords are being hashed");
        auto job = [answer = waiting.answer, loop = io::Loop::current(), work = std::move(work)]() mutable {
            if (!answer->is_wanted) return;
            Result<bool> result = fail(Error::failed, "hashing a password failed");
            try {
                result = work();
            } catch (const std::bad_alloc&) {
                result = fail(Error::exhausted, "no memory for hashing a password");
            }
            loop->post([answer = std::move(answer), result = std::move(result)] {
                answer->result = result;
                answer->done.set();
            });
        };
        state.taken.push_back(address);
        state.waiting.push_back({std::move(job), address});
        wants_runner = state.runners < state.bounds.at_once;
        if (wants_runner) ++state.runners;
    }
    if (wants_runner) io::Loop::current()->pool().submit(Runner(state_));
    auto done = co_await waiting.answer->done.wait(longest_wait);
    if (!done) co_return std::unexpected(done.error());
    co_return waiting.answer->result;
}

}  // namespace cais::auth
