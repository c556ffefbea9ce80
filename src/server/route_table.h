// RouteTable: which of a site's routes a path belongs to (path_pattern.h says which one wins).
//
//   patterns   /  /sub/  /sub/*.php  /sub/x/a.txt
//   nodes      ""   "/sub"   "/sub/x/a.txt"            sorted; each knows the longest other that it begins with
//   path       /sub/x/b.txt: the last node that is not behind it is /sub/x/a.txt, which does not fit; it begins with
//              "/sub", which does: the suffix no, the prefix yes
//
// The path is the decoded one (http/target.h), so that no spelling of it finds another route.
#pragma once
#include "server/path_pattern.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cais::server {

class RouteTable {
public:
    // Routes are numbered as they stand in `patterns`. Of two that match the same the first counts.
    explicit RouteTable(std::span<const PathPattern> patterns);

    struct Match {
        std::uint32_t route;
        std::uint32_t matched;  // octets of the path: http::Request::matched
    };
    // `path` begins with a slash and has no empty segment. Empty: no route has it.
    // Cost: a binary search among the patterns, then one comparison for each that contains the one found. No
    // allocation.
    [[nodiscard]] std::optional<Match> find(std::string_view path) const noexcept;

private:
    static constexpr std::uint32_t none = UINT32_MAX;
    struct Suffix {
        std::string text;
        std::uint32_t route;
    };
    struct Node {
        std::string key;  // an exact path; else what stands before the last slash of the literal part
        std::uint32_t exact = none;
        std::uint32_t prefix = none;
        std::vector<Suffix> suffixes = {};  // the longest first
        std::uint32_t parent = none;        // the longest other key that this one begins with
    };
    static std::optional<Match> match(const Node& node, std::string_view path) noexcept;

    std::vector<Node> nodes_;
};

// Whether this one pattern matches, whatever others do: for who explains a choice.
[[nodiscard]] bool matches(const PathPattern& pattern, std::string_view path) noexcept;

}  // namespace cais::server
