// Entity tags: RFC 9110 §8.8.3.
#pragma once
#include "base/arena.h"
#include "base/result.h"
#include "http/fields.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace cais::http {

struct EntityTag {
    std::string_view opaque = {};  // what stands between the quotes
    bool weak = false;             // W/"…": equivalent, not octet for octet the same
};

// RFC 9110 §8.8.3.2. `strong`: both are strong and the same. `weak`: the same but for W/.
enum class Comparison : std::uint8_t { strong, weak };
[[nodiscard]] inline bool match(const EntityTag& a, const EntityTag& b, Comparison comparison) noexcept
{
    if (comparison == Comparison::strong && (a.weak || b.weak)) return false;
    return a.opaque == b.opaque;
}

// The tag that `text` is, all of it: "v1" or W/"v1", quotes included. Empty where it is none.
[[nodiscard]] std::optional<EntityTag> parse_entity_tag(std::string_view text [[clang::lifetimebound]]) noexcept;

// As a field carries it: W/"v1". Lives as long as `arena` does not reset.
[[nodiscard]] std::string_view text_of(const EntityTag& tag, base::Arena& arena [[clang::lifetimebound]]);

// Takes the next tag off the front of `rest`, a line of a #entity-tag list; empty members are passed over, and no tag
// is the end. Not next_member of list.h: in a tag a backslash is an octet like any other. Errors    malformed:
// something that is neither tag, comma nor white space.
[[nodiscard]] Result<std::optional<EntityTag>> next_entity_tag(std::string_view& rest) noexcept;

// What a value "*" / #entity-tag says of one tag.
enum class Listed : std::uint8_t { no, yes, any };  // any: the value is "*"

// Looks for `tag` in all lines of If-Match or If-None-Match; several lines are one list (RFC 9110 §5.3).
// Errors    malformed: a line is no such list, or "*" stands beside something else.
// Cost      one pass over all of it, found or not, so that what is malformed never depends on what is there.
[[nodiscard]] Result<Listed> find_tag(const std::optional<EntityTag>& tag, const Fields::Values& values,
                                      Comparison comparison) noexcept;

}  // namespace cais::http
