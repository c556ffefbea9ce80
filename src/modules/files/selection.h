// The first members of a directory in some order, as many as fit into a fixed memory. A directory larger than that is
// sorted in passes: each is offered every member and keeps the first ones that stand after the last pass's last one.
//
// Members are kept until the memory is full, then the last quarter is given up and the border remembered: whatever
// stands after it is not looked at again in this pass. So a pass costs little more than reading the names.
#pragma once
#include "modules/files/listing_order.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace cais::files {

class Selection {
public:
    struct Member {
        std::uint64_t rank;
        std::uint64_t detail;  // the caller's
        std::uint32_t name;    // from the start of the memory
        std::uint8_t name_length;
        bool folder;
        bool link;
    };
    static_assert(sizeof(Member) == 24);

    // `memory` outlives this; at least 8 KiB (a member takes 25 octets and its name), aligned for 8.
    Selection(std::span<std::byte> memory, Order order) noexcept;

    // Offers a member of this pass. The name is copied, at most 255 octets; a longer one is passed over.
    void add(const Place& place, std::uint64_t detail, bool link);

    // Ends the pass: what was kept, in order. Valid until next_pass().
    [[nodiscard]] std::span<const Member> sorted() [[clang::lifetimebound]];
    // Its name; a zero stands after it, so that name(member).data() is a path.
    [[nodiscard]] std::string_view name(const Member& member) const noexcept [[clang::lifetimebound]];

    // Whether a member stood after those that were kept. Only after sorted().
    [[nodiscard]] bool has_more() const noexcept { return cut_; }
    // Forgets what was kept, and from now on takes only what stands after it. Only after sorted().
    void next_pass() noexcept;

private:
    // A place that outlives the member that it was taken from.
    struct Border {
        bool set = false;
        bool folder = false;
        std::uint8_t name_length = 0;
        std::uint64_t rank = 0;
        char name[256] = {};
        [[nodiscard]] Place place() const noexcept { return {rank, {name, name_length}, folder}; }
    };
    [[nodiscard]] Place place(const Member& member) const noexcept
    {
        return {member.rank, name(member), member.folder};
    }
    void remember(Border& border, const Member& member) const noexcept;
    void cut();

    std::span<std::byte> memory_;
    Member* members_;  // grow from the front of the memory
    std::size_t count_ = 0;
    std::size_t names_;  // grow from its end
    Order order_;
    bool cut_ = false;  // something stood behind the border
    Border after_;      // the last one of the last pass
    Border before_;     // in this pass only what stands before it is taken
};

}  // namespace cais::files
