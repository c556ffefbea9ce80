// Secrets: octets that nobody may guess, hashes of them, and comparing without telling where two differ.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cais::auth {

using Sha256 = std::array<std::uint8_t, 32>;

// Octets of the kernel's generator. Throws where there are none: nothing may go on without them.
void fill_random(std::span<std::uint8_t> octets);

// SHA-256 of the pieces, one after the other (FIPS 180-4).
[[nodiscard]] Sha256 sha256(std::initializer_list<std::string_view> pieces);

// Whether they are equal; takes as long wherever they differ.
[[nodiscard]] bool is_equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept;

[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> octets);

[[nodiscard]] inline std::string_view text_of(std::span<const std::uint8_t> octets) noexcept
{
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}
[[nodiscard]] inline std::span<const std::uint8_t> octets_of(std::string_view text) noexcept
{
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// A key of this process, made anew at each start: what was keyed with it means nothing after a restart.
class Key {
public:
    Key() { fill_random(octets_); }
    ~Key();
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;

    // HMAC-SHA-256 of the pieces (RFC 2104). Each piece is hashed with its length before it, so that no two lists of
    // pieces are one message. Any thread.
    [[nodiscard]] Sha256 mac(std::initializer_list<std::string_view> pieces) const;

private:
    Sha256 octets_{};
};

// A password, or credentials that hold one: moved, never copied, and wiped when it goes.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string&& text) noexcept
        : text_(std::move(text))
    {
    }
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    ~Secret() { wipe(); }

    [[nodiscard]] std::string_view view() const noexcept [[clang::lifetimebound]] { return text_; }
    [[nodiscard]] Secret copy() const { return Secret(std::string(text_)); }

private:
    void wipe() noexcept;
    std::string text_;
};

}  // namespace cais::auth
