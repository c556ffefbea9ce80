// Addresses of sockets, as small values.
#pragma once
#include "base/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

struct sockaddr;
struct sockaddr_storage;

namespace cais::io {

struct Address {
    enum class Family : std::uint8_t { none, ip4, ip6 };
    std::array<std::uint8_t, 16> ip{};  // ip4 uses the first four
    std::uint16_t port = 0;
    Family family = Family::none;

    // "127.0.0.1:80" or "[::1]:80"; the port is required, 0 to 65535. Names are not looked up.
    [[nodiscard]] static Result<Address> parse(std::string_view text);
    [[nodiscard]] static Address of(const sockaddr_storage& socket_address) noexcept;
    // Fills `to` and gives its length. No address is AF_UNSPEC, which no socket call takes.
    [[nodiscard]] unsigned fill(sockaddr_storage& to) const noexcept;

    // "127.0.0.1" or "::1", without brackets.
    [[nodiscard]] std::string ip_text() const;
    // The same into `to`, without allocation; gives the length. `to` holds 46 octets.
    std::size_t write_ip(char* to) const noexcept;
    // "127.0.0.1:80" or "[::1]:80".
    [[nodiscard]] std::string text() const;

    bool operator==(const Address&) const = default;
};
static_assert(sizeof(Address) == 20);

}  // namespace cais::io
