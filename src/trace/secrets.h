// Secrets: the values of fields that nobody reads over a shoulder, out of a file or in a report of an error.
#pragma once
#include "base/text.h"

#include <cstdint>
#include <string_view>

namespace cais::trace {

enum class Secrets : std::uint8_t { hidden, shown };

inline constexpr std::string_view hidden_text = "(hidden; --show-secrets)";

// RFC 9110 §11.6.2 and §11.7.2, RFC 6265 §4. In any case.
[[nodiscard]] inline bool is_secret(std::string_view field) noexcept
{
    for (const std::string_view name : {"authorization", "proxy-authorization", "cookie", "set-cookie"})
        if (base::equals_ignoring_case(field, name)) return true;
    return false;
}

[[nodiscard]] inline std::string_view shown_value(std::string_view field, std::string_view value, Secrets secrets)
{
    return secrets == Secrets::hidden && is_secret(field) ? hidden_text : value;
}

}  // namespace cais::trace
