// HostTable: which of a listener's sites has the name that a request asks for.
//
// The authority of a request is compared without its port, without regard to case, and without a last dot
// ("Example.COM.:80" asks for example.com). An exact name, or an address however it is written, beats a wildcard, and
// that beats the default site "*". A wildcard stands for one label: *.example.com has a.example.com, and neither
// example.com nor a.b.example.com, just as a certificate for it (RFC 9525 §6.3).
#pragma once
#include "server/host.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cais::server {

class HostTable {
public:
    // Of two sites with one name the first counts; the configuration allows no such thing.
    void add(const Host& host, std::uint32_t site);

    struct Match {
        std::uint32_t site;
        Host::Kind kind;  // why
    };
    // `authority` as uri::parse_authority takes it, or empty. Empty where no site has it.
    // Cost: one pass and a hash, a second where there are wildcards. No allocation.
    [[nodiscard]] std::optional<Match> find(std::string_view authority) const noexcept;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
    };
    using Table = std::unordered_map<std::string, Match, Hash, std::equal_to<>>;
    Table exact_;      // names, and addresses as the system writes them
    Table wildcards_;  // what stands behind "*."
    std::optional<Match> any_;
};

}  // namespace cais::server
