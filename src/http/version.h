// The version of HTTP that a message came in: for the log and for what the semantics let depend on it, never for a
// module to care.
#pragma once
#include <cstdint>
#include <string_view>

namespace cais::http {

enum class Version : std::uint8_t { http_1_0, http_1_1, http_2, http_3 };

[[nodiscard]] constexpr std::string_view text_of(Version version) noexcept
{
    constexpr std::string_view texts[] = {"HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/3"};
    return texts[static_cast<unsigned>(version)];
}

}  // namespace cais::http
