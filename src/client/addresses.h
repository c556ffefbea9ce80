// Addresses of one name, as they come: those of IPv6 and those of IPv4 are asked for side by side, and who connects
// need not wait for the slower answer (RFC 8305 §3).
#pragma once
#include "base/result.h"
#include "io/address.h"
#include "io/loop.h"

#include <optional>
#include <vector>

namespace cais::client {

// Which of the two are wanted.
enum class Families : std::uint8_t { both, ip4, ip6 };

inline constexpr std::size_t most_addresses = 16;  // of each family

struct Addresses {
    std::vector<io::Address> ip6, ip4;  // with their port, in the order in which they are to be tried
    bool has_ip6 = false;               // the answer is there; a family that nobody wants has one, empty
    bool has_ip4 = false;
    Error fault{Error::not_found, 0, "the name has no address", ""};  // why there is none, once both answers are
    io::Event changed;                                                // set at each answer; who waits clears it

    [[nodiscard]] bool is_whole() const noexcept { return has_ip6 && has_ip4; }
    [[nodiscard]] bool is_empty() const noexcept { return ip6.empty() && ip4.empty(); }
    // At most most_addresses of a family, each once.
    void add(const io::Address& address)
    {
        auto& list = address.family == io::Address::Family::ip6 ? ip6 : ip4;
        if (list.size() == most_addresses || address.family == io::Address::Family::none) return;
        for (const auto& known : list)
            if (known == address) return;
        list.push_back(address);
    }
    void answered(bool is_ip6) noexcept
    {
        (is_ip6 ? has_ip6 : has_ip4) = true;
        changed.set();
    }
};

}  // namespace cais::client
