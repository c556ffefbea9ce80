#include "uri/data_url.h"

#include "base/base64.h"
#include "base/text.h"
#include "uri/percent.h"

#include <algorithm>

namespace cais::uri {
namespace {

constexpr const char* section = "Fetch, data: URL processor";
constexpr std::string_view scheme = "data:";
constexpr std::string_view base64_word = "base64";

// What stands for itself in content: what RFC 3986 has in a query, less what ends a string in HTML, CSS or a shell.
constexpr auto plain_in_content = query_octet.without("'()&");
constexpr auto media_type_octet = base::OctetSet("").with(0x20, 0x7E).without(",#?");

// Step 11: ";", spaces and "base64" in any case, at the end. Gives what is before them.
std::optional<std::string_view> before_base64(std::string_view type)
{
    if (type.size() < base64_word.size()) return std::nullopt;
    const std::size_t at = type.size() - base64_word.size();
    if (!base::equals_ignoring_case(type.substr(at), base64_word)) return std::nullopt;
    type = type.substr(0, at);
    while (type.ends_with(' ')) type.remove_suffix(1);
    if (!type.ends_with(';')) return std::nullopt;
    type.remove_suffix(1);
    return type;
}

}  // namespace

Result<DataUrl> DataUrl::read(const Url& url)
{
    if (url.scheme != "data") return fail(Error::unsupported, "it is no data: URL", section);
    const std::string text = url.text_without_fragment();
    const std::string_view input = std::string_view(text).substr(scheme.size());
    const std::size_t comma = input.find(',');  // steps 5 to 7
    if (comma == std::string_view::npos) return fail(Error::malformed, "a data: URL without a comma", section);
    std::string_view type = base::trim(input.substr(0, comma));

    DataUrl result;
    append_percent_decoded(result.octets, input.substr(comma + 1));
    if (const auto before = before_base64(type)) {
        auto octets = base::from_forgiving_base64(result.octets);
        if (!octets) return std::unexpected(octets.error());
        result.octets = std::move(*octets);
        type = *before;
    }
    if (type.starts_with(';')) result.media_type = "text/plain";  // step 12
    result.media_type += type;
    return result;
}

Result<std::string> make_data_url(std::string_view octets, std::string_view media_type)
{
    const bool can_be_carried = !media_type.empty() && base::is_alphanumeric(media_type.front()) &&
                                media_type_octet.has_all(media_type) && media_type.back() != ' ' &&
                                !before_base64(media_type);
    if (!can_be_carried) return fail(Error::malformed, "a media type that a data: URL cannot carry", "RFC 2397 §3");
    if (media_type == DataUrl::default_type) media_type = {};

    const auto escapes =
        static_cast<std::size_t>(std::ranges::count_if(octets, [](char c) { return !plain_in_content.has(c); }));
    const std::size_t encoded = octets.size() + 2 * escapes;
    const std::size_t in_base64 = 1 + base64_word.size() + (octets.size() + 2) / 3 * 4;
    if (scheme.size() + media_type.size() + 1 + std::min(encoded, in_base64) > Url::most_octets)
        return fail(Error::too_large, "more than a data: URL may hold");
    std::string url(scheme);
    url += media_type;
    if (encoded <= in_base64) {
        append_percent_encoded(url += ',', octets, plain_in_content);
    } else {
        ((url += ';') += base64_word) += ',';
        url += base::to_base64(octets);
    }
    return url;
}

}  // namespace cais::uri
