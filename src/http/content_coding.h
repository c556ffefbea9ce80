// Content codings: what can be done to content so that less of it travels (RFC 9110 §8.4.1).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace cais::http {

// The codings that we know. `deflate` is the zlib format (RFC 9110 §8.4.1.2), which some call so and some do not: we
// read it and offer it to nobody.
enum class ContentCoding : std::uint8_t { identity, gzip, brotli, zstd, deflate };
inline constexpr std::size_t content_coding_count = 5;

// As fields write it: "gzip", "br", "zstd", "deflate"; "identity" stands in Accept-Encoding only.
[[nodiscard]] std::string_view text_of(ContentCoding coding) noexcept;

// The coding that `text` names, in any case; x-gzip is gzip (RFC 9110 §8.4.1.3). Empty: one that we do not know.
[[nodiscard]] std::optional<ContentCoding> content_coding_of(std::string_view text) noexcept;

}  // namespace cais::http
