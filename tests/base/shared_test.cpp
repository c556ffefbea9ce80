#include "base/shared.h"

#include <gtest/gtest.h>
#include <string>

namespace cais::base {
namespace {

struct Witness : Counted {
    explicit Witness(int& count)
        : alive(count)
    {
        ++alive;
    }
    ~Witness() override { --alive; }
    int& alive;
};

TEST(Shared, the_last_holder_destroys)
{
    int alive = 0;
    {
        auto first = make_counted<Witness>(alive);
        EXPECT_EQ(first.holders(), 1u);
        auto second = first;
        EXPECT_NE(first.holders(), 1u);
        EXPECT_EQ(first.get(), second.get());
        first = {};
        EXPECT_FALSE(first);
        EXPECT_EQ(alive, 1);
        EXPECT_EQ(second.holders(), 1u);
    }
    EXPECT_EQ(alive, 0);
}

TEST(Shared, moving_hands_the_hold_over)
{
    int alive = 0;
    auto first = make_counted<Witness>(alive);
    auto second = std::move(first);
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): what a move leaves is part of the contract
    EXPECT_EQ(second.holders(), 1u);
    first = std::move(second);
    EXPECT_EQ(first.holders(), 1u);
    EXPECT_EQ(alive, 1);
}

TEST(Shared, assigning_it_to_itself_keeps_it)
{
    int alive = 0;
    auto one = make_counted<Witness>(alive);
    auto& same = one;
    one = same;
    EXPECT_EQ(alive, 1);
    one = std::move(same);
    EXPECT_EQ(alive, 1);
    EXPECT_EQ(one.holders(), 1u);
}

TEST(Shared, assigning_another_lets_the_old_one_go)
{
    int old_alive = 0, new_alive = 0;
    auto held = make_counted<Witness>(old_alive);
    held = make_counted<Witness>(new_alive);
    EXPECT_EQ(old_alive, 0);
    EXPECT_EQ(new_alive, 1);
}

TEST(Shared, is_held_by_its_base_too)
{
    int alive = 0;
    Shared<const Counted> base;
    {
        auto derived = make_counted<Witness>(alive);
        base = derived;
        EXPECT_NE(derived.holders(), 1u);
    }
    EXPECT_EQ(alive, 1);
    base = {};
    EXPECT_EQ(alive, 0);
}

TEST(Shared, nothing_has_no_holder)
{
    const Shared<Witness> none;
    EXPECT_FALSE(none);
    EXPECT_NE(none.holders(), 1u);
    EXPECT_EQ(none.get(), nullptr);
}

TEST(Bytes, keep_their_text_as_long_as_one_of_them_lives)
{
    for (const std::size_t length : {0uz, 3uz, 10'000uz}) {  // inside the string object, and on the heap
        Bytes kept;
        {
            const Bytes first(std::string(length, 'x'));
            kept = first;
        }
        EXPECT_EQ(kept.view, std::string(length, 'x'));
        EXPECT_EQ(kept.size(), length);
        EXPECT_EQ(kept.empty(), length == 0);
        EXPECT_EQ(kept.owner.holders(), 1u);
    }
}

TEST(Bytes, of_a_view_have_no_owner)
{
    const Bytes bytes(std::string_view("static"));
    EXPECT_EQ(bytes.view, "static");
    EXPECT_FALSE(bytes.owner);
}

TEST(Bytes, a_slice_shares_the_owner)
{
    Bytes slice;
    {
        const Bytes whole(std::string("one two"));
        slice = Bytes(whole.view.substr(4), whole.owner);
    }
    EXPECT_EQ(slice.view, "two");
}

}  // namespace
}  // namespace cais::base
