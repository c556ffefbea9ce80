#include "io/buffers.h"
#include "running.h"

#include <utility>
#include <vector>

namespace cais::io {
namespace {

TEST(Buffers, at_most_sixteen_are_kept)
{
    run([]() -> Task<> {
        Buffers& buffers = Loop::current()->buffers();
        std::vector<Buffers::Buffer> taken;
        for (int i = 0; i < 40; ++i) {
            taken.push_back(buffers.take());
            EXPECT_TRUE(taken.back());
            EXPECT_EQ(taken.back().span().size(), buffer_bytes);
            taken.back().span().front() = taken.back().span().back() = 'x';
        }
        EXPECT_EQ(buffers.kept(), 0u);
        taken.clear();
        EXPECT_EQ(buffers.kept(), 16u);
        co_return;
    });
}

TEST(Buffers, the_one_given_back_last_is_taken_first)
{
    run([]() -> Task<> {
        Buffers& buffers = Loop::current()->buffers();
        char* memory = nullptr;
        {
            const Buffers::Buffer buffer = buffers.take();
            memory = buffer.data();
        }
        const Buffers::Buffer again = buffers.take();
        EXPECT_EQ(again.data(), memory);
        EXPECT_EQ(buffers.kept(), 0u);
        co_return;
    });
}

TEST(Buffers, moving_and_assigning)
{
    run([]() -> Task<> {
        Buffers& buffers = Loop::current()->buffers();
        Buffers::Buffer first = buffers.take();
        Buffers::Buffer second = std::move(first);
        EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is the question
        EXPECT_TRUE(first.span().empty());
        Buffers::Buffer third = buffers.take();
        third = std::move(second);
        EXPECT_EQ(buffers.kept(), 1u) << "what it held is given back at once";
        third = Buffers::Buffer();
        EXPECT_EQ(buffers.kept(), 2u);
        co_return;
    });
}

// A buffer moves with its connection to another loop, or outlives the loops altogether.
TEST(Buffers, given_back_elsewhere)
{
    Buffers::Buffer kept;
    Buffers::Buffer outlives;
    run(
        [](Buffers::Buffer& first, Buffers::Buffer& second) -> Task<> {
            first = Loop::current()->buffers().take();
            second = Loop::current()->buffers().take();
            co_return;
        },
        kept, outlives);
    run(
        [](Buffers::Buffer& from) -> Task<> {
            from = Buffers::Buffer();
            EXPECT_EQ(Loop::current()->buffers().kept(), 1u);
            co_return;
        },
        kept);
}

}  // namespace
}  // namespace cais::io
