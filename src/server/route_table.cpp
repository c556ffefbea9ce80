#include "server/route_table.h"

#include <algorithm>

namespace cais::server {
namespace {

using Kind = PathPattern::Kind;

std::string_view key_of(const PathPattern& pattern)
{
    return std::string_view(pattern.literal).substr(0, pattern.weight());
}

}  // namespace

RouteTable::RouteTable(std::span<const PathPattern> patterns)
{
    std::vector<std::string_view> keys;
    for (const auto& pattern : patterns) keys.push_back(key_of(pattern));
    std::ranges::sort(keys);
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::vector<std::uint32_t> open;  // the nodes that the current one may begin with, each with the one before it
    for (const auto key : keys) {
        while (!open.empty() && !key.starts_with(nodes_[open.back()].key)) open.pop_back();
        const auto index = static_cast<std::uint32_t>(nodes_.size());
        nodes_.push_back({.key = std::string(key), .parent = open.empty() ? none : open.back()});
        open.push_back(index);
    }
    for (std::uint32_t route = 0; route < patterns.size(); ++route) {
        const auto& pattern = patterns[route];
        Node& node = *std::ranges::lower_bound(nodes_, key_of(pattern), {}, &Node::key);
        switch (pattern.kind) {
        case Kind::exact:
            if (node.exact == none) node.exact = route;
            break;
        case Kind::prefix:
            if (node.prefix == none) node.prefix = route;
            break;
        case Kind::suffix: node.suffixes.push_back({pattern.suffix, route}); break;
        }
    }
    const auto is_before = [](const Suffix& a, const Suffix& b) {
        return a.text.size() != b.text.size() ? a.text.size() > b.text.size() : a.route < b.route;
    };
    for (auto& node : nodes_) std::ranges::sort(node.suffixes, is_before);
}

// Every key that `path` begins with is the last one that is not behind it in order, or one that this begins with: what
// lies in order between a text and one that begins with it begins with it too.
std::optional<RouteTable::Match> RouteTable::find(std::string_view path) const noexcept
{
    const auto behind = std::ranges::upper_bound(nodes_, path, {}, &Node::key);
    if (behind == nodes_.begin()) return std::nullopt;
    for (auto index = static_cast<std::uint32_t>(behind - nodes_.begin()) - 1; index != none;
         index = nodes_[index].parent)
        if (const auto found = match(nodes_[index], path)) return found;
    return std::nullopt;
}

std::optional<RouteTable::Match> RouteTable::match(const Node& node, std::string_view path) noexcept
{
    if (!path.starts_with(node.key)) return std::nullopt;
    const auto length = static_cast<std::uint32_t>(node.key.size());
    if (path.size() == length) {
        if (node.exact != none) return Match{node.exact, length};
    } else {
        if (path[length] != '/') return std::nullopt;
        for (const auto& suffix : node.suffixes)
            if (path.substr(length + 1).ends_with(suffix.text)) return Match{suffix.route, length + 1};
    }
    if (node.prefix != none) return Match{node.prefix, length + 1};
    return std::nullopt;
}

bool matches(const PathPattern& pattern, std::string_view path) noexcept
{
    const std::string_view key = key_of(pattern);
    if (!path.starts_with(key)) return false;
    const std::string_view rest = path.substr(key.size());
    switch (pattern.kind) {
    case Kind::exact: return rest.empty();
    case Kind::prefix: return rest.empty() || rest.front() == '/';
    case Kind::suffix: return rest.starts_with('/') && rest.substr(1).ends_with(pattern.suffix);
    }
    return false;
}

}  // namespace cais::server
