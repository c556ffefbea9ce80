#include "base/arena.h"

#include <array>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace cais::base {
namespace {

bool lies_in(const void* address, std::span<const std::byte> memory)
{
    const auto* at = static_cast<const std::byte*>(address);
    return at >= memory.data() && at < memory.data() + memory.size();
}

TEST(Arena, uses_the_first_memory_before_it_asks_for_any)
{
    alignas(16) std::array<std::byte, 64> first;
    Arena arena(first);
    EXPECT_TRUE(lies_in(arena.allocate(40), first));
    EXPECT_TRUE(lies_in(arena.allocate(16), first));
    EXPECT_FALSE(lies_in(arena.allocate(16), first));  // 8 octets were left
}

TEST(Arena, everything_is_aligned_as_asked)
{
    Arena arena;
    for (int round = 0; round < 100; ++round) {
        (void)arena.allocate(static_cast<std::size_t>(round % 3) + 1, 1);
        for (const std::size_t alignment : {1uz, 2uz, 8uz, 16uz, 64uz, 256uz})
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arena.allocate(5, alignment)) % alignment, 0u) << alignment;
    }
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arena.array<std::uint64_t>(3).data()) % alignof(std::uint64_t), 0u);
}

TEST(Arena, what_was_given_out_never_overlaps)
{
    alignas(16) std::array<std::byte, 100> first;
    Arena arena(first);
    std::vector<std::span<unsigned char>> given;
    for (unsigned i = 0; i < 300; ++i) {
        auto memory = arena.array<unsigned char>(i * 37 % 500);
        for (auto& octet : memory) octet = static_cast<unsigned char>(i);
        given.push_back(memory);
    }
    for (unsigned i = 0; i < given.size(); ++i)
        for (const auto octet : given[i]) ASSERT_EQ(octet, static_cast<unsigned char>(i));
}

TEST(Arena, takes_more_than_a_block_at_once)
{
    Arena arena;
    const std::string text(1'000'000, 'x');
    const auto before = arena.copy("before");
    const auto large = arena.copy(text);
    const auto after = arena.copy("after");
    EXPECT_EQ(before, "before");
    EXPECT_EQ(large, text);
    EXPECT_EQ(after, "after");
}

TEST(Arena, copies_and_joins)
{
    Arena arena;
    std::string text = "gone";
    const auto copy = arena.copy(text);
    text = "over";
    EXPECT_EQ(copy, "gone");
    EXPECT_EQ(arena.copy(""), "");
    EXPECT_EQ(arena.join("a", std::string_view(), text, "c"), "aoverc");
    EXPECT_EQ(arena.join("", ""), "");
    EXPECT_EQ(arena.join(), "");
    EXPECT_EQ(arena.copy(std::string_view("a\0b", 3)).size(), 3u);
}

TEST(Arena, after_a_reset_the_first_memory_is_used_again)
{
    alignas(16) std::array<std::byte, 64> first;
    Arena arena(first);
    const void* begin = arena.allocate(64, 1);
    (void)arena.allocate(100'000);
    (void)arena.allocate(1);
    arena.reset();
    EXPECT_EQ(arena.allocate(64, 1), begin);
    arena.reset();
    arena.reset();
    EXPECT_EQ(arena.allocate(1, 1), begin);
}

}  // namespace
}  // namespace cais::base
