#include "io/task.h"
#include "running.h"

#include <memory>
#include <stdexcept>

namespace cais::io {
namespace {

Task<int> number(int value) { co_return value; }
Task<std::unique_ptr<int>> owned(int value) { co_return std::make_unique<int>(value); }
Task<int> broken(bool breaks)
{
    if (breaks) throw std::runtime_error("broken");
    co_return 1;
}
Task<void> broken_later()
{
    const bool goes_on = co_await yield();
    EXPECT_TRUE(goes_on);
    throw std::runtime_error("broken later");
}
Task<void> note(int& count)
{
    ++count;
    co_return;
}
Task<int> nested(int depth)
{
    if (depth == 0) co_return 0;
    const int below = co_await nested(depth - 1);
    co_return below + 1;
}
Task<int> fail_at(int depth)
{
    if (depth == 0) throw std::runtime_error("deep");
    const int below = co_await fail_at(depth - 1);
    co_return below + 1;
}

TEST(Task, gives_its_value)
{
    run([]() -> Task<> {
        const int value = co_await number(7);
        EXPECT_EQ(value, 7);
    });
}

TEST(Task, gives_what_can_only_be_moved)
{
    run([]() -> Task<> {
        const std::unique_ptr<int> value = co_await owned(8);
        EXPECT_TRUE(value && *value == 8);
    });
}

TEST(Task, does_nothing_before_it_is_awaited)
{
    run([]() -> Task<> {
        int count = 0;
        {
            const Task<> never_awaited = note(count);
        }
        Task<> later = note(count);
        EXPECT_EQ(count, 0);
        co_await std::move(later);
        EXPECT_EQ(count, 1);
    });
}

TEST(Task, throws_where_it_is_awaited)
{
    run([]() -> Task<> {
        bool caught = false;
        try {
            const int value = co_await broken(true);
            ADD_FAILURE() << value;
        } catch (const std::runtime_error& error) {
            caught = error.what() == std::string_view("broken");
        }
        EXPECT_TRUE(caught);
        const int value = co_await broken(false);
        EXPECT_EQ(value, 1);
    });
}

TEST(Task, throws_out_of_run)
{
    Loop loop;
    EXPECT_THROW(loop.run(broken_later()), std::runtime_error);
    EXPECT_EQ(Loop::current(), nullptr);
}

TEST(Task, an_assigned_task_ends_the_one_before_it)
{
    struct Flag {
        bool* flag;
        explicit Flag(bool& set)
            : flag(&set)
        {
        }
        Flag(Flag&& other) noexcept
            : flag(std::exchange(other.flag, nullptr))
        {
        }
        ~Flag()
        {
            if (flag != nullptr) *flag = true;
        }
    };
    const auto hold = +[](Flag) -> Task<> { co_return; };
    bool first_is_gone = false;
    bool second_is_gone = false;
    Task<> kept = hold(Flag(first_is_gone));
    Task<> other = hold(Flag(second_is_gone));
    kept = std::move(other);
    EXPECT_TRUE(first_is_gone);
    EXPECT_FALSE(second_is_gone);
}

// Neither awaiting nor ending grows the machine's stack.
TEST(Task, a_million_one_after_the_other)
{
    run([]() -> Task<> {
        std::int64_t sum = 0;
        for (int i = 0; i < 1'000'000; ++i) sum += co_await number(1);
        EXPECT_EQ(sum, 1'000'000);
    });
}

TEST(Task, a_hundred_thousand_within_each_other)
{
    run([]() -> Task<> {
        const int depth = co_await nested(100'000);
        EXPECT_EQ(depth, 100'000);
    });
}

TEST(Task, an_exception_climbs_out_of_many)
{
    run([]() -> Task<> {
        bool caught = false;
        try {
            const int depth = co_await fail_at(1'000);
            ADD_FAILURE() << depth;
        } catch (const std::runtime_error&) {
            caught = true;
        }
        EXPECT_TRUE(caught);
    });
}

TEST(Task, a_value_that_throws_when_it_is_made_is_the_tasks_exception)
{
    struct Picky {
        explicit Picky(int value)
        {
            if (value < 0) throw std::runtime_error("negative");
        }
    };
    run([]() -> Task<> {
        bool caught = false;
        try {
            auto made = co_await []() -> Task<Picky> { co_return -1; }();
            (void)made;
        } catch (const std::runtime_error&) {
            caught = true;
        }
        EXPECT_TRUE(caught);
    });
}

}  // namespace
}  // namespace cais::io
