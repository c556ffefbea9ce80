#include "modules/files/listing_order.h"
#include "modules/files/selection.h"

#include <algorithm>
#include <cstddef>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

namespace cais::files {
namespace {

TEST(ListingOrder, query_is_read_leniently)
{
    struct Case {
        const char* query;
        Order want;
    };
    constexpr Case cases[] = {
        {"", {}},
        {"sort=size", {Order::size, Order::ascending}},
        {"order=desc", {Order::name, Order::descending}},
        {"q=x&order=desc&sort=time&z", {Order::time, Order::descending}},
        {"sort=size&sort=time", {Order::size, Order::ascending}},
        {"sort=nonsense&order=up", {}},
        {"sort=nonsense&sort=time", {Order::time, Order::ascending}},
        {"order=asc&order=desc", {}},
        {"SORT=size", {}},
        {"xsort=size&sort=", {}},
        {"&&sort=size&", {Order::size, Order::ascending}},
    };
    for (const auto& [query, want] : cases) EXPECT_EQ(order_of_query(query), want) << query;
}

TEST(ListingOrder, names_compare_by_octets_without_ascii_case)
{
    constexpr const char* sorted[] = {"!",
                                      "0",
                                      "10",
                                      "9",
                                      "A",
                                      "a",
                                      "aa",
                                      "B",
                                      "FILE-000001.TXT",
                                      "file-000001.txt",
                                      "file-000001.txt.gz",
                                      "file-000002",
                                      "z",
                                      "Z[",
                                      "z_",
                                      "\xC3\x84",
                                      "\xC3\xA4"};
    for (std::size_t i = 0; i < std::size(sorted); ++i)
        for (std::size_t j = 0; j < std::size(sorted); ++j) {
            EXPECT_EQ(compare_names(sorted[i], sorted[j]), i <=> j) << sorted[i] << ' ' << sorted[j];
            // The rank of a name never says otherwise than the whole name.
            for (const auto direction : {Order::ascending, Order::descending}) {
                const Order order{Order::name, direction};
                const Place a{rank_of_name(sorted[i], direction), sorted[i]},
                    b{rank_of_name(sorted[j], direction), sorted[j]};
                EXPECT_EQ(comes_before(a, b, order), direction == Order::ascending ? i < j : j < i)
                    << sorted[i] << ' ' << sorted[j];
            }
        }
}

TEST(ListingOrder, names_compare_as_octet_by_octet)
{
    const auto slowly = [](std::string_view a, std::string_view b) {
        const auto small = [](std::string_view text) {
            std::string copy(text);
            for (char& c : copy)
                if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
            return copy;
        };
        const int order = small(a).compare(small(b));
        return (order != 0 ? order : a.compare(b)) <=> 0;
    };
    std::mt19937 random(1);
    constexpr std::string_view letters = "aAbBzZ@[`{\x01\x7F\x80\xFF";
    for (int i = 0; i < 20000; ++i) {
        std::string names[2];
        for (auto& name : names) {
            name.assign(random() % 12, 'x');
            name.resize(name.size() + random() % 12);
            for (char& c : name)
                if (c != 'x' || random() % 8 == 0) c = letters[random() % letters.size()];
        }
        EXPECT_EQ(compare_names(names[0], names[1]), slowly(names[0], names[1])) << names[0] << ' ' << names[1];
    }
}

TEST(ListingOrder, sizes_and_times_survive_their_rank)
{
    for (const auto direction : {Order::ascending, Order::descending}) {
        for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, UINT64_MAX})
            EXPECT_EQ(size_of_rank(rank_of_size(size, direction), direction), size);
        for (const std::int64_t time : {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, INT64_MAX})
            EXPECT_EQ(time_of_rank(rank_of_time(time, direction), direction), time);
    }
    EXPECT_LT(rank_of_time(-1, Order::ascending), rank_of_time(0, Order::ascending));
    EXPECT_GT(rank_of_time(-1, Order::descending), rank_of_time(0, Order::descending));
}

// Whatever fits into the memory: all passes together give every member once, in order.
TEST(Selection, passes_join_to_one_order)
{
    std::mt19937 random(2);
    for (const int count : {0, 1, 30, 300, 5000})
        for (const auto by : {Order::name, Order::size})
            for (const auto direction : {Order::ascending, Order::descending}) {
                const Order order{by, direction};
                std::vector<std::string> names;
                for (int i = 0; i < count; ++i) names.push_back(std::string(random() % 230, 'n') + std::to_string(i));
                std::vector<Place> want;
                for (const auto& name : names)
                    want.push_back(
                        {by == Order::name ? rank_of_name(name, direction) : rank_of_size(name.size() % 7, direction),
                         name, name.size() % 5 == 0});

                alignas(8) static std::byte memory[8192];
                Selection selection(memory, order);
                std::vector<std::string> got;
                for (int passes = 0; passes <= count; ++passes) {
                    for (const Place& place : want) selection.add(place, 7, false);
                    for (const auto& member : selection.sorted()) {
                        EXPECT_EQ(member.detail, 7u);
                        EXPECT_EQ(selection.name(member).data()[member.name_length], '\0');
                        got.emplace_back(selection.name(member));
                    }
                    if (!selection.has_more()) break;
                    selection.next_pass();
                }
                std::ranges::sort(want, [&](const Place& a, const Place& b) { return comes_before(a, b, order); });
                ASSERT_EQ(got.size(), want.size());
                for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], want[i].name) << i;
            }
}

}  // namespace
}  // namespace cais::files
