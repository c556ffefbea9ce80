// The order of a listing, and what two of its members are compared by.
// Folders come before files. Names are compared octet by octet without regard to the case of ASCII letters, names equal
// in that by their octets; no locale, so that every server, every pass and the page's script agree. Sizes and times
// that are equal (and the sizes of folders, which mean nothing) fall back to the name, ascending.
#pragma once
#include <compare>
#include <cstdint>
#include <string_view>

namespace cais::files {

struct Order {
    enum By : std::uint8_t { name, size, time };
    enum Direction : std::uint8_t { ascending, descending };
    By by = name;
    Direction direction = ascending;
    bool operator==(const Order&) const = default;
};

// The order that a query asks for, `sort=name|size|time` and `order=asc|desc` among other parameters. The first of each
// counts; what is not one of these words is as if it were not there.
[[nodiscard]] Order order_of_query(std::string_view query);

// Where a member stands. `rank` is the smaller the earlier; the name decides among equals.
struct Place {
    std::uint64_t rank = 0;
    std::string_view name = {};  // borrowed: the caller keeps it
    bool folder = false;
};

// The rank of a member with this name (order by name), size, or time in seconds since 1970.
[[nodiscard]] std::uint64_t rank_of_name(std::string_view name, Order::Direction direction) noexcept;
[[nodiscard]] std::uint64_t rank_of_size(std::uint64_t size, Order::Direction direction) noexcept;
[[nodiscard]] std::uint64_t rank_of_time(std::int64_t time, Order::Direction direction) noexcept;
// And back.
[[nodiscard]] std::uint64_t size_of_rank(std::uint64_t rank, Order::Direction direction) noexcept;
[[nodiscard]] std::int64_t time_of_rank(std::uint64_t rank, Order::Direction direction) noexcept;

[[nodiscard]] std::strong_ordering compare_names(std::string_view a, std::string_view b) noexcept;

// Whether `a` stands before `b`. A total order: of two different names exactly one comes first.
[[nodiscard]] bool comes_before(const Place& a, const Place& b, Order order) noexcept;

}  // namespace cais::files
