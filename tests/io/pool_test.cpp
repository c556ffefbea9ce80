#include "io/pool.h"
#include "io/scope.h"
#include "running.h"

#include <atomic>
#include <latch>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>

namespace cais::io {
namespace {

// A job that waits until it is let go, so that a test decides what runs when.
struct Gate {
    std::binary_semaphore entered{0};
    std::binary_semaphore open{0};
    void pass()
    {
        entered.release();
        open.acquire();
    }
};

// Runs `function(pool, arguments…)` on a loop that outlives the pool's jobs.
template <class Function, class... Arguments>
void run_with_pool(unsigned threads, Function function, Arguments&&... arguments)
{
    Loop loop;
    Pool pool(threads);
    loop.run(function(pool, std::forward<Arguments>(arguments)...));
}

TEST(Pool, gives_what_the_function_gave_on_another_thread)
{
    run_with_pool(2, [](Pool& pool) -> Task<> {
        auto id = co_await pool.run([] { return std::this_thread::get_id(); }, long_enough);
        EXPECT_TRUE(id && *id != std::this_thread::get_id());
        auto text = co_await pool.run([text = std::make_unique<std::string>("moved")] { return *text; }, long_enough);
        EXPECT_TRUE(text && *text == "moved");
        auto owner = co_await pool.run([] { return std::make_unique<int>(5); }, long_enough);
        EXPECT_TRUE(owner && **owner == 5);
        auto inner = co_await pool.run([]() -> Result<int> { return fail(Error::not_found, "nothing"); }, long_enough);
        EXPECT_TRUE(inner && !*inner && inner->error().kind == Error::not_found);
    });
}

TEST(Pool, throws_what_the_function_threw)
{
    run_with_pool(1, [](Pool& pool) -> Task<> {
        bool caught = false;
        try {
            auto result = co_await pool.run([]() -> int { throw std::runtime_error("job"); }, long_enough);
            EXPECT_FALSE(result);
        } catch (const std::runtime_error& error) {
            caught = error.what() == std::string_view("job");
        }
        EXPECT_TRUE(caught);
    });
}

TEST(Pool, many_jobs)
{
    run_with_pool(4, [](Pool& pool) -> Task<> {
        std::int64_t sum = 0;
        const auto add = +[](Pool& with, int number, std::int64_t& to) -> Task<> {
            auto result = co_await with.run([number] { return number; }, long_enough);
            EXPECT_TRUE(result);
            if (result) to += *result;
        };
        Scope scope;
        for (int i = 1; i <= 10'000; ++i) scope.spawn(add, pool, i, sum);
        co_await scope.end();
        EXPECT_EQ(sum, 10'000ll * 10'001 / 2);
    });
}

TEST(Pool, never_more_threads_than_allowed)
{
    run_with_pool(3, [](Pool& pool) -> Task<> {
        struct Counts {
            std::atomic<int> now{0};
            std::atomic<int> most{0};
        } counts;
        const auto job = +[](Pool& with, Counts& of) -> Task<> {
            auto result = co_await with.run(
                [&of] {
                    const int count = ++of.now;
                    int most = of.most;
                    while (count > most && !of.most.compare_exchange_weak(most, count)) {
                    }
                    std::this_thread::yield();
                    --of.now;
                    return true;
                },
                long_enough);
            EXPECT_TRUE(result);
        };
        Scope scope;
        for (int i = 0; i < 500; ++i) scope.spawn(job, pool, counts);
        co_await scope.end();
        EXPECT_LE(counts.most, 3);
        EXPECT_GE(counts.most, 1);
    });
}

TEST(Pool, a_cancelled_wait_returns_at_once_and_the_result_is_dropped)
{
    auto gate = std::make_shared<Gate>();
    auto held = std::make_shared<int>(1);
    run_with_pool(
        1,
        [](Pool& pool, std::shared_ptr<Gate> at, std::shared_ptr<int> result) -> Task<> {
            Error::Kind kind = Error::failed;
            Scope scope;
            scope.spawn(
                +[](Pool& with, std::shared_ptr<Gate> by, std::shared_ptr<int> gives, Error::Kind& to) -> Task<> {
                    auto got = co_await with.run(
                        [by, gives] {
                            by->pass();
                            return gives;
                        },
                        long_enough);
                    if (!got) to = got.error().kind;
                },
                pool, at, result, kind);
            at->entered.acquire();
            scope.cancel();
            co_await scope.end();
            EXPECT_EQ(kind, Error::cancelled);
            at->open.release();
            // The loop goes on as if nothing had been.
            auto next = co_await pool.run([] { return 1; }, long_enough);
            EXPECT_TRUE(next);
        },
        gate, held);
    EXPECT_EQ(held.use_count(), 1);
}

TEST(Pool, a_wait_has_its_limit)
{
    auto gate = std::make_shared<Gate>();
    run_with_pool(
        1,
        [](Pool& pool, std::shared_ptr<Gate> at) -> Task<> {
            auto got = co_await pool.run(
                [at] {
                    at->pass();
                    return 1;
                },
                1ms);
            EXPECT_TRUE(!got && got.error().kind == Error::timed_out);
            at->open.release();
        },
        gate);
}

// What runs is waited for; what waits is dropped, with all that it owns.
TEST(Pool, its_end_with_jobs_that_run_and_jobs_that_wait)
{
    Gate gate;
    auto held = std::make_shared<int>(1);
    std::atomic<int> ran{0};
    std::thread opener;
    {
        Pool pool(1);
        pool.submit([&gate, &ran, held] {
            gate.pass();
            ++ran;
        });
        gate.entered.acquire();
        for (int i = 0; i < 100; ++i) pool.submit([&ran, held] { ++ran; });
        EXPECT_GT(held.use_count(), 100);
        opener = std::thread([&gate] {
            std::this_thread::sleep_for(5ms);
            gate.open.release();
        });
    }
    opener.join();
    EXPECT_EQ(ran, 1);
    EXPECT_EQ(held.use_count(), 1);
}

TEST(Pool, a_result_that_comes_after_the_loop_has_ended)
{
    auto gate = std::make_shared<Gate>();
    auto held = std::make_shared<int>(1);
    {
        Loop loop;
        Pool pool(1);
        loop.run([](Pool& with, std::shared_ptr<Gate> at, std::shared_ptr<int> gives) -> Task<> {
            auto got = co_await with.run(
                [at, gives] {
                    at->pass();
                    return gives;
                },
                0s);
            EXPECT_FALSE(got);
        }(pool, gate, held));
        gate->open.release();
    }
    EXPECT_EQ(held.use_count(), 1);
}

TEST(Pool, two_loops_share_one)
{
    Pool* shared = nullptr;
    Loop first_loop;
    Loop second_loop;
    Pool pool(2);
    shared = &pool;
    const auto work = [](Pool& with) -> Task<> {
        for (int i = 0; i < 500; ++i) {
            auto got = co_await with.run([i] { return i; }, long_enough);
            EXPECT_TRUE(got && *got == i);
        }
    };
    std::thread other([&] { second_loop.run(work(*shared)); });
    first_loop.run(work(*shared));
    other.join();
}

}  // namespace
}  // namespace cais::io
