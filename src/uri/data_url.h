// data: URLs (RFC 2397), read as the Fetch standard reads them (Fetch §6, data: URL processor), and made.
#pragma once
#include "base/result.h"
#include "uri/url.h"

#include <string>
#include <string_view>

namespace cais::uri {

struct DataUrl {
    // What stands before the comma, less ";base64": for http::MediaType::parse. Where that refuses it, the content is
    // default_type.
    std::string media_type = {};
    std::string octets = {};

    static constexpr std::string_view default_type = "text/plain;charset=US-ASCII";

    // The fragment is no part of the content.
    // Errors    unsupported: `url` is no data: URL; malformed: no comma, or base 64 that is none, however forgiving.
    [[nodiscard]] static Result<DataUrl> read(const Url& url);
};

// The URL that reads as these octets of this media type: percent-encoded or in base 64, whichever is shorter; without
// the media type where it is default_type. Safe between quotes of either kind and in CSS's url().
// Errors    malformed: a media type that a data: URL cannot carry (it does not begin with a letter or digit, has ",",
// "#",
//           "?", a space at its end, anything that is not printable ASCII, or looks like ";base64" at its end).
//           too_large: longer than Url::most_octets.
[[nodiscard]] Result<std::string> make_data_url(std::string_view octets, std::string_view media_type);

}  // namespace cais::uri
