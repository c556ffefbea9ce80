#include "uri/host.h"

#include "base/text.h"
#include "uri/idna.h"
#include "uri/percent.h"
#include "uri/percent_sets.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace cais::uri {
namespace {

// §3.1, forbidden host code points and forbidden domain code points.
constexpr auto forbidden_in_host = base::OctetSet(std::string_view("\0\t\n\r #/:<>?@[\\]^|", 17));
constexpr auto forbidden_in_domain = base::OctetSet(std::string_view("\0\t\n\r #/:<>?@[\\]^|%\x7F", 19)).with(0, 0x1F);

bool has_any(std::string_view text, const base::OctetSet& set)
{
    return std::ranges::any_of(text, [&](char c) { return set.has(c); });
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

// §3.5, IPv4 number parser: decimal, octal after a 0, hexadecimal after 0x. What is above 32 bits comes as 2^32.
std::optional<std::uint64_t> ipv4_number(std::string_view text)
{
    if (text.empty()) return std::nullopt;
    unsigned radix = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) radix = 16, text.remove_prefix(2);
    else if (text.size() >= 2 && text[0] == '0') radix = 8, text.remove_prefix(1);
    std::uint64_t value = 0;  // nothing after the prefix is 0
    for (const char c : text) {
        const int digit = base::hex_value(c);
        if (digit < 0 || static_cast<unsigned>(digit) >= radix) return std::nullopt;
        value = std::min<std::uint64_t>(value * radix + static_cast<unsigned>(digit), std::uint64_t{1} << 32);
    }
    return value;
}

// §3.5, ends in a number checker.
bool ends_in_number(std::string_view domain)
{
    if (domain.ends_with('.')) domain.remove_suffix(1);
    if (domain.empty()) return false;
    const std::string_view last = domain.substr(domain.rfind('.') + 1);
    if (!last.empty() && std::ranges::all_of(last, base::is_digit)) return true;
    return ipv4_number(last).has_value();
}

// §3.5, IPv4 parser.
Result<std::string> parse_ipv4(std::string_view text)
{
    constexpr const char* section = "WHATWG URL, IPv4 parser";
    if (text.ends_with('.')) text.remove_suffix(1);
    const auto parts = split(text, '.');
    if (parts.size() > 4) return fail(Error::malformed, "an IPv4 address of more than four parts", section);
    std::uint64_t address = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto number = ipv4_number(parts[i]);
        if (!number) return fail(Error::malformed, "a host that ends in a number and is no IPv4 address", section);
        const bool is_last = i + 1 == parts.size();  // the last part stands for all octets that are left
        const std::uint64_t bound = is_last ? std::uint64_t{1} << (8 * (5 - parts.size())) : 256;
        if (*number >= bound) return fail(Error::malformed, "an IPv4 address with a part that is too large", section);
        address += is_last ? *number : *number << (8 * (3 - i));
    }
    std::string result;
    for (int shift = 24; shift >= 0; shift -= 8) {
        base::append_decimal(result, (address >> shift) & 0xFF);
        if (shift > 0) result += '.';
    }
    return result;
}

using Pieces = std::array<std::uint16_t, 8>;

// The last 32 bits of an IPv6 address as an IPv4 address: strictly four decimal octets.
bool parse_embedded_ipv4(std::string_view text, std::uint16_t& high, std::uint16_t& low)
{
    std::uint32_t address = 0;
    const auto parts = split(text, '.');
    if (parts.size() != 4) return false;
    for (const std::string_view part : parts) {
        const auto octet = base::parse_decimal(part);
        if (!octet || *octet > 255 || (part.size() > 1 && part[0] == '0')) return false;
        address = (address << 8) | static_cast<std::uint32_t>(*octet);
    }
    high = static_cast<std::uint16_t>(address >> 16);
    low = static_cast<std::uint16_t>(address);
    return true;
}

// §3.5, IPv6 parser.
std::optional<Pieces> parse_ipv6(std::string_view text)
{
    Pieces pieces{};
    std::size_t count = 0;
    std::optional<std::size_t> gap;  // where "::" is
    if (text.starts_with("::")) {
        gap = 0;
        text.remove_prefix(2);
    } else if (text.empty() || text[0] == ':') {
        return std::nullopt;
    }
    while (!text.empty()) {
        if (count == pieces.size()) return std::nullopt;
        const std::size_t end = text.find(':');
        const std::string_view piece = text.substr(0, end);
        if (end == std::string_view::npos && piece.contains('.')) {
            if (count > 6 || !parse_embedded_ipv4(piece, pieces[count], pieces[count + 1])) return std::nullopt;
            count += 2;
            break;
        }
        if (piece.empty() || piece.size() > 4) return std::nullopt;
        unsigned value = 0;
        for (const char c : piece) {
            const int digit = base::hex_value(c);
            if (digit < 0) return std::nullopt;
            value = value * 16 + static_cast<unsigned>(digit);
        }
        pieces[count++] = static_cast<std::uint16_t>(value);
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
        if (text.empty()) return std::nullopt;  // a single ":" at the end
        if (text[0] == ':') {
            if (gap) return std::nullopt;
            gap = count;
            text.remove_prefix(1);
        }
    }
    if (!gap) return count == pieces.size() ? std::optional(pieces) : std::nullopt;
    if (count == pieces.size()) return std::nullopt;  // "::" stands for one piece at least
    std::move_backward(pieces.begin() + static_cast<std::ptrdiff_t>(*gap),
                       pieces.begin() + static_cast<std::ptrdiff_t>(count), pieces.end());
    std::fill_n(pieces.begin() + static_cast<std::ptrdiff_t>(*gap), pieces.size() - count, std::uint16_t{0});
    return pieces;
}

// §3.6, IPv6 serializer: the first of the longest runs of zeros, of two at least, is "::".
std::string serialise_ipv6(const Pieces& pieces)
{
    std::size_t longest = 0, longest_size = 1;
    for (std::size_t i = 0; i < pieces.size();) {
        std::size_t end = i;
        while (end < pieces.size() && pieces[end] == 0) ++end;
        if (end - i > longest_size) longest = i, longest_size = end - i;
        i = end + 1;
    }
    std::string text;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (longest_size > 1 && i == longest) {
            text += i == 0 ? "::" : ":";
            i += longest_size - 1;
            continue;
        }
        bool has_begun = false;
        for (int shift = 12; shift >= 0; shift -= 4) {
            const unsigned digit = (pieces[i] >> shift) & 15u;
            if (digit == 0 && !has_begun && shift > 0) continue;
            has_begun = true;
            text += "0123456789abcdef"[digit];
        }
        if (i + 1 < pieces.size()) text += ':';
    }
    return text;
}

}  // namespace

Result<Host> parse_host(std::string_view text, bool is_opaque)
{
    constexpr const char* section = "WHATWG URL, host parsing";
    if (text.starts_with('[')) {
        if (!text.ends_with(']')) return fail(Error::malformed, "an address without its closing bracket", section);
        const auto pieces = parse_ipv6(text.substr(1, text.size() - 2));
        if (!pieces) return fail(Error::malformed, "no IPv6 address between brackets", "WHATWG URL, IPv6 parser");
        return Host{Host::ipv6, serialise_ipv6(*pieces)};
    }
    if (is_opaque) {
        if (has_any(text, forbidden_in_host)) return fail(Error::malformed, "a character that no host has", section);
        Host host{text.empty() ? Host::empty : Host::opaque, {}};
        append_percent_encoded(host.name, text, plain_in_opaque);
        return host;
    }
    std::string octets, domain;
    append_percent_decoded(octets, text);
    base::append_utf8(domain, octets);
    auto ascii = domain_to_ascii(domain);
    if (!ascii) return std::unexpected(ascii.error());
    if (ascii->empty()) return fail(Error::malformed, "the host is empty", section);
    if (has_any(*ascii, forbidden_in_domain)) return fail(Error::malformed, "a character that no host has", section);
    if (!ends_in_number(*ascii)) return Host{Host::domain, std::move(*ascii)};
    auto address = parse_ipv4(*ascii);
    if (!address) return std::unexpected(address.error());
    return Host{Host::ipv4, std::move(*address)};
}

}  // namespace cais::uri
