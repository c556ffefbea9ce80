#include "http/entity_tag.h"

#include "base/text.h"

namespace cais::http {
namespace {

constexpr auto tag_octet = base::OctetSet("!").with(0x23, 0x7E).with(0x80, 0xFF);

// The tag at the front of `rest`, taken off.
std::optional<EntityTag> take_tag(std::string_view& rest) noexcept
{
    EntityTag tag;
    std::size_t at = 0;
    if (rest.starts_with("W/")) {  // case-sensitive
        tag.weak = true;
        at = 2;
    }
    if (at == rest.size() || rest[at] != '"') return std::nullopt;
    const std::size_t end = rest.find('"', ++at);
    if (end == std::string_view::npos) return std::nullopt;
    tag.opaque = rest.substr(at, end - at);
    if (!tag_octet.has_all(tag.opaque)) return std::nullopt;
    rest.remove_prefix(end + 1);
    return tag;
}

}  // namespace

std::optional<EntityTag> parse_entity_tag(std::string_view text) noexcept
{
    const auto tag = take_tag(text);
    return text.empty() ? tag : std::nullopt;
}

std::string_view text_of(const EntityTag& tag, base::Arena& arena)
{
    return arena.join(tag.weak ? "W/\"" : "\"", tag.opaque, "\"");
}

Result<std::optional<EntityTag>> next_entity_tag(std::string_view& rest) noexcept
{
    while (!rest.empty() && (rest[0] == ',' || rest[0] == ' ' || rest[0] == '\t')) rest.remove_prefix(1);
    if (rest.empty()) return std::nullopt;
    const auto tag = take_tag(rest);
    if (!tag) return fail(Error::malformed, "no entity tag", "RFC 9110 §8.8.3");
    while (!rest.empty() && (rest[0] == ' ' || rest[0] == '\t')) rest.remove_prefix(1);
    if (!rest.empty() && rest[0] != ',')
        return fail(Error::malformed, "no comma after an entity tag", "RFC 9110 §5.6.1");
    return tag;
}

Result<Listed> find_tag(const std::optional<EntityTag>& tag, const Fields::Values& values,
                        Comparison comparison) noexcept
{
    bool found = false, star = false, other = false;
    for (std::string_view rest : values) {
        if (rest == "*") {
            if (star || other) return fail(Error::malformed, "* and something else", "RFC 9110 §13.1.1");
            star = true;
            continue;
        }
        while (true) {
            const auto member = next_entity_tag(rest);
            if (!member) return std::unexpected(member.error());
            if (!*member) break;
            other = true;
            if (star) return fail(Error::malformed, "* and something else", "RFC 9110 §13.1.1");
            if (tag && match(*tag, **member, comparison)) found = true;
        }
    }
    return star ? Listed::any : found ? Listed::yes : Listed::no;
}

}  // namespace cais::http
