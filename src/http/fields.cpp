#include "http/fields.h"

#include <algorithm>

namespace cais::http {
namespace {

constexpr auto field_octet = base::OctetSet("\t ").with(0x21, 0x7E).with(0x80, 0xFF);

}  // namespace

bool is_token(std::string_view text) noexcept { return !text.empty() && token_octets.has_all(text); }

bool is_field_value(std::string_view text) noexcept
{
    return field_octet.has_all(text) && base::trim(text).size() == text.size();
}

std::size_t Fields::Values::size() const
{
    std::size_t count = 0;
    for (auto at = begin(); at != end(); ++at) ++count;
    return count;
}

std::optional<std::string_view> Fields::one(Name name) const noexcept
{
    const auto values = all(name);
    auto at = values.begin();
    if (at == values.end()) return std::nullopt;
    const std::string_view value = *at;
    return ++at == values.end() ? std::optional(value) : std::nullopt;
}

const FieldLine* Fields::find(std::string_view name) const noexcept
{
    for (const auto& line : lines())
        if (base::equals_ignoring_case(line.name(), name)) return &line;
    return nullptr;
}

void Fields::remove(Name name) noexcept
{
    if (!has(name)) return;
    const auto end = std::remove_if(lines_, lines_ + count_, [name](const FieldLine& line) { return line.known == name; });
    count_ = static_cast<std::uint32_t>(end - lines_);
    present_.reset(static_cast<std::size_t>(name));
}

void Fields::remove(std::string_view name) noexcept
{
    if (const Name known = name_of(name); known != Name::other) return remove(known);
    if (!has(Name::other)) return;
    const auto is_it = [name](const FieldLine& line) {
        return line.known == Name::other && base::equals_ignoring_case(line.name(), name);
    };
    const auto end = std::remove_if(lines_, lines_ + count_, is_it);
    count_ = static_cast<std::uint32_t>(end - lines_);
    const bool has_others = std::any_of(lines_, end, [](const FieldLine& line) { return line.known == Name::other; });
    present_.set(static_cast<std::size_t>(Name::other), has_others);
}

void Fields::grow()
{
    const std::uint32_t capacity = capacity_ == 0 ? 16 : capacity_ * 2;
    auto lines = arena_->array<FieldLine>(capacity);
    std::copy_n(lines_, count_, lines.data());
    lines_ = lines.data();
    capacity_ = capacity;
}

}  // namespace cais::http
