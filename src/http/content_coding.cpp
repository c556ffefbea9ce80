#include "http/content_coding.h"

#include "base/text.h"

#include <array>

namespace cais::http {
namespace {

constexpr std::array<std::string_view, content_coding_count> names = {"identity", "gzip", "br", "zstd", "deflate"};

}  // namespace

std::string_view text_of(ContentCoding coding) noexcept { return names[static_cast<std::size_t>(coding)]; }

std::optional<ContentCoding> content_coding_of(std::string_view text) noexcept
{
    for (std::size_t i = 0; i < names.size(); ++i)
        if (base::equals_ignoring_case(text, names[i])) return static_cast<ContentCoding>(i);
    if (base::equals_ignoring_case(text, "x-gzip")) return ContentCoding::gzip;
    return std::nullopt;
}

}  // namespace cais::http
