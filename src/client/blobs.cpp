#include "client/blobs.h"

#include "base/text.h"

#include <algorithm>
#include <array>

#include <sys/random.h>

namespace cais::client {
namespace {

// A version 4 UUID (RFC 9562 §5.4): 122 random bits.
Result<std::string> draw_uuid()
{
    std::array<unsigned char, 16> octets;
    // Up to 256 octets come whole (getrandom(2)).
    if (::getrandom(octets.data(), octets.size(), 0) != static_cast<ssize_t>(octets.size()))
        return fail(Error::exhausted, "draw a number at random");
    octets[6] = static_cast<unsigned char>(0x40 | (octets[6] & 0x0F));
    octets[8] = static_cast<unsigned char>(0x80 | (octets[8] & 0x3F));
    std::string text;
    for (std::size_t i = 0; i < octets.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        (text += "0123456789abcdef"[octets[i] >> 4]) += "0123456789abcdef"[octets[i] & 15];
    }
    return text;
}

std::string kept_type(std::string_view type)
{
    std::string kept;
    for (const char c : type) {
        if (c < 0x20 || c > 0x7E) return {};
        kept += base::to_lower(c);
    }
    return kept;
}

std::string_view without_spaces(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t");
    return text.substr(std::min(first, text.size()));
}

// The digits in front of `text`, taken from it; empty: none. What does not fit is as large as any.
std::optional<std::uint64_t> take_number(std::string_view& text)
{
    std::size_t count = 0;
    while (count < text.size() && base::is_digit(text[count])) ++count;
    const std::string_view digits = text.substr(0, count);
    text = without_spaces(text.substr(count));
    if (digits.empty()) return std::nullopt;
    return base::parse_decimal(digits).value_or(UINT64_MAX);
}

// Fetch, "parse a single range header value", with white space allowed, against a length.
Result<http::Range> read_range(std::string_view value, std::uint64_t length)
{
    constexpr const char* section = "Fetch, scheme fetch";
    const auto malformed = [] { return fail(Error::malformed, "it is not one range of octets", section); };
    if (!value.starts_with("bytes")) return malformed();
    value = without_spaces(value.substr(5));
    if (!value.starts_with('=')) return malformed();
    value = without_spaces(value.substr(1));
    const auto first = take_number(value);
    if (!value.starts_with('-')) return malformed();
    value = without_spaces(value.substr(1));
    const auto last = take_number(value);
    if (!value.empty() || (!first && !last) || (first && last && *first > *last)) return malformed();
    if (!first) {
        const std::uint64_t count = std::min(*last, length);  // the last octets
        return http::Range{length - count, count};
    }
    if (*first >= length) return fail(Error::malformed, "a range that begins behind the end", section);
    return http::Range{*first, std::min(last.value_or(length - 1), length - 1) - *first + 1};
}

}  // namespace

std::string BlobAnswer::content_range() const
{
    if (!range) return {};
    std::string text = "bytes ";
    base::append_decimal(text, range->first);
    base::append_decimal(text += '-', range->last());
    base::append_decimal(text += '/', length);
    return text;
}

Result<std::string> BlobStore::put(std::string octets, std::string_view type, std::string_view origin)
{
    if (blobs_.size() >= bounds_.blobs || octets.size() > bounds_.octets - octets_)
        return fail(Error::exhausted, "the store of blobs is full");
    const auto uuid = draw_uuid();
    if (!uuid) return std::unexpected(uuid.error());
    std::string url = "blob:";
    ((url += origin) += '/') += *uuid;
    octets_ += octets.size();
    blobs_.emplace(url, Blob{base::Bytes(std::move(octets)), kept_type(type)});
    return url;
}

Result<BlobAnswer> BlobStore::fetch(const uri::Url& url, std::string_view range) const
{
    if (url.scheme != "blob") return fail(Error::unsupported, "it is no blob: URL");
    const auto found = blobs_.find(url.text_without_fragment());
    if (found == blobs_.end()) return fail(Error::not_found, "no such blob is there, or no longer");
    BlobAnswer answer{found->second.octets, found->second.type, found->second.octets.size(), {}};
    if (range.empty()) return answer;
    const auto part = read_range(range, answer.length);
    if (!part) return std::unexpected(part.error());
    // The last octets of nothing, or none of them: there is no Content-Range that says so.
    if (part->length == 0) return fail(Error::malformed, "a range of no octets", "RFC 9110 §14.4");
    answer.octets.view = answer.octets.view.substr(part->first, part->length);
    answer.range = *part;
    return answer;
}

bool BlobStore::revoke(const uri::Url& url)
{
    const auto found = blobs_.find(url.text_without_fragment());
    if (found == blobs_.end()) return false;
    octets_ -= found->second.octets.size();
    blobs_.erase(found);
    return true;
}

}  // namespace cais::client
