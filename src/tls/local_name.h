// Which names and addresses our own authority may vouch for: those that nobody on the internet can own. The same lists
// are the name constraints of its root (authority.h), so that a stolen key is good for nothing else.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace cais::tls {

// Each stands for itself and for everything below it: RFC 6761 §6.2 (test), §6.3 (localhost), RFC 6762 §3 (local),
// RFC 8375 (home.arpa); `internal`, which ICANN has reserved for this, and `lan`, which routers hand out.
// A host of one label (`nas`) is not among them: a constraint could permit it only together with all of its top level.
inline constexpr std::array<std::string_view, 6> local_domains = {"localhost", "local",     "lan",
                                                                  "internal",  "home.arpa", "test"};

struct Network {
    std::string_view address;  // "10.0.0.0"
    std::string_view mask;     // "255.0.0.0", as a name constraint has it (RFC 5280 §4.2.1.10)
};
// Loopback, RFC 1918 and RFC 4193. Not link-local addresses: a URL cannot say which link.
inline constexpr std::array<Network, 6> local_networks = {{
    {"127.0.0.0", "255.0.0.0"},
    {"10.0.0.0", "255.0.0.0"},
    {"172.16.0.0", "255.240.0.0"},
    {"192.168.0.0", "255.255.0.0"},
    {"::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {"fc00::", "fe00::"},
}};

// Whether `name` is one of them: a DNS name in its ASCII form, of any case, or an address without brackets. A wildcard
// (`*.dev.lan`) where two labels are behind it: with one, no client takes it.
[[nodiscard]] bool is_local_name(std::string_view name) noexcept;

// Whether every address of this network is one of them. Both of 4 octets, or of 16.
[[nodiscard]] bool is_local_network(std::span<const std::uint8_t> address, std::span<const std::uint8_t> mask) noexcept;

// The octets of an address in text, 4 or 16 of them into `to`; 0 where it is none. No brackets, no zone.
std::size_t parse_ip(std::string_view text, std::span<std::uint8_t, 16> to) noexcept;

// For people. In an error: "`nas` is not local: …".
inline constexpr std::string_view local_domains_in_words = "localhost, local, lan, internal, home.arpa and test";
inline constexpr std::string_view local_names_in_words =
    "localhost, local, lan, internal, home.arpa and test, names below them, and loopback and private addresses";

}  // namespace cais::tls
