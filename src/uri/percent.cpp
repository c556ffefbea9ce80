#include "uri/percent.h"

#include <cstring>

namespace cais::uri {

Result<std::string_view> percent_decode(std::string_view text, base::Arena& arena)
{
    const std::size_t first = text.find('%');
    if (first == std::string_view::npos) return text;

    auto* const decoded = static_cast<char*>(arena.allocate(text.size(), 1));
    std::memcpy(decoded, text.data(), first);
    char* at = decoded + first;
    for (std::size_t i = first; i < text.size(); ++i) {
        if (text[i] != '%') {
            *at++ = text[i];
            continue;
        }
        if (text.size() - i < 3) return fail(Error::malformed, "a percent sign without two digits", "RFC 3986 §2.1");
        const int high = base::hex_value(text[i + 1]), low = base::hex_value(text[i + 2]);
        if (high < 0 || low < 0) return fail(Error::malformed, "a percent sign without two digits", "RFC 3986 §2.1");
        *at++ = static_cast<char>(high * 16 + low);
        i += 2;
    }
    return std::string_view(decoded, static_cast<std::size_t>(at - decoded));
}

void append_percent_decoded(std::string& to, std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool may_begin = text[i] == '%' && text.size() - i >= 3;
        const int high = may_begin ? base::hex_value(text[i + 1]) : -1, low = may_begin ? base::hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            to += text[i];
            continue;
        }
        to += static_cast<char>(high * 16 + low);
        i += 2;
    }
}

void append_percent_encoded(std::string& to, std::string_view octets, const base::OctetSet& plain)
{
    constexpr char digits[] = "0123456789ABCDEF";
    for (const char c : octets) {
        if (plain.has(c)) {
            to += c;
            continue;
        }
        const auto octet = static_cast<unsigned char>(c);
        ((to += '%') += digits[octet >> 4]) += digits[octet & 15];
    }
}

void append_query(std::string& to, std::string_view query)
{
    for (std::size_t i = 0; i < query.size(); ++i) {
        const bool is_escape = query[i] == '%' && query.size() - i >= 3 && base::hex_value(query[i + 1]) >= 0 &&
                               base::hex_value(query[i + 2]) >= 0;
        if (is_escape) to += '%';
        else append_percent_encoded(to, query.substr(i, 1), query_octet);
    }
}

}  // namespace cais::uri
