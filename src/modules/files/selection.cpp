#include "modules/files/selection.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace cais::files {

Selection::Selection(std::span<std::byte> memory, Order order) noexcept
    : memory_(memory)
    , members_(reinterpret_cast<Member*>(memory.data()))
    , names_(memory.size())
    , order_(order)
{
    assert(memory.size() >= 8192 && memory.size() <= UINT32_MAX);
}

void Selection::add(const Place& place, std::uint64_t detail, bool link)
{
    if (place.name.size() > 255) return;
    if (after_.set && !comes_before(after_.place(), place, order_)) return;
    const std::size_t wanted = sizeof(Member) + place.name.size() + 1;
    while (names_ - count_ * sizeof(Member) < wanted) cut();
    if (before_.set && !comes_before(place, before_.place(), order_)) {
        cut_ = true;
        return;
    }

    names_ -= place.name.size() + 1;
    auto* name = reinterpret_cast<char*>(memory_.data()) + names_;
    std::memcpy(name, place.name.data(), place.name.size());
    name[place.name.size()] = '\0';
    members_[count_++] = {
        place.rank,   detail, static_cast<std::uint32_t>(names_), static_cast<std::uint8_t>(place.name.size()),
        place.folder, link};
}

std::span<const Selection::Member> Selection::sorted()
{
    std::sort(members_, members_ + count_,
              [this](const Member& a, const Member& b) { return comes_before(place(a), place(b), order_); });
    return {members_, count_};
}

std::string_view Selection::name(const Member& member) const noexcept
{
    return {reinterpret_cast<const char*>(memory_.data()) + member.name, member.name_length};
}

void Selection::next_pass() noexcept
{
    if (count_ != 0) remember(after_, members_[count_ - 1]);
    before_.set = cut_ = false;
    count_ = 0;
    names_ = memory_.size();
}

void Selection::remember(Border& border, const Member& member) const noexcept
{
    border.set = true;
    border.folder = member.folder;
    border.rank = member.rank;
    border.name_length = member.name_length;
    std::memcpy(border.name, name(member).data(), member.name_length);
}

// Gives up the last quarter, and moves the names of the others together again.
void Selection::cut()
{
    const std::size_t kept = count_ - std::max<std::size_t>(count_ / 4, 1);
    std::nth_element(members_, members_ + kept, members_ + count_,
                     [this](const Member& a, const Member& b) { return comes_before(place(a), place(b), order_); });
    remember(before_, members_[kept]);
    cut_ = true;
    count_ = kept;

    std::sort(members_, members_ + kept, [](const Member& a, const Member& b) { return a.name > b.name; });
    names_ = memory_.size();
    for (Member& member : std::span(members_, kept)) {  // from the end on, so that nothing is written over
        const std::size_t length = member.name_length + std::size_t{1};
        names_ -= length;
        std::memmove(memory_.data() + names_, memory_.data() + member.name, length);
        member.name = static_cast<std::uint32_t>(names_);
    }
}

}  // namespace cais::files
