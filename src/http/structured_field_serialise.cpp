// Writing: RFC 9651 §4.1. Each function adds to one text; what cannot be written ends it.
#include "base/base64.h"
#include "http/structured_field.h"
#include "http/structured_grammar.h"

#include <cmath>
#include <expected>

namespace cais::http::structured {
namespace {

using Written = Result<void>;

// §4.1.4.
Written write(std::string& to, std::int64_t integer)
{
    if (integer < -largest_number || integer > largest_number)
        return fail(Error::malformed, "an integer of more than 15 digits", "RFC 9651 §4.1.4");
    to += std::to_string(integer);
    return {};
}

// §4.1.5. At least one digit after the point, and no zero that says nothing.
Written write(std::string& to, Decimal decimal)
{
    if (decimal.thousandths < -largest_number || decimal.thousandths > largest_number)
        return fail(Error::malformed, "a decimal of more than 12 digits before its point", "RFC 9651 §4.1.5");
    const std::int64_t size = decimal.thousandths < 0 ? -decimal.thousandths : decimal.thousandths;
    if (decimal.thousandths < 0) to += '-';
    to += std::to_string(size / 1000);
    std::string fraction = std::to_string(1000 + size % 1000).substr(1);
    while (fraction.size() > 1 && fraction.ends_with('0')) fraction.pop_back();
    (to += '.') += fraction;
    return {};
}

// §4.1.6.
Written write(std::string& to, const std::string& string)
{
    if (!visible.has_all(string))
        return fail(Error::malformed, "a string with an octet that is not visible ASCII", "RFC 9651 §4.1.6");
    to += '"';
    for (const char c : string) {
        if (c == '"' || c == '\\') to += '\\';
        to += c;
    }
    to += '"';
    return {};
}

// §4.1.7.
Written write(std::string& to, const Token& token)
{
    if (token.text.empty() || !token_start.has(token.text.front()) || !token_octet.has_all(token.text))
        return fail(Error::malformed, "a token with an octet that no token has", "RFC 9651 §4.1.7");
    to += token.text;
    return {};
}

// §4.1.8.
Written write(std::string& to, const ByteSequence& sequence)
{
    ((to += ':') += base::to_base64(sequence.octets)) += ':';
    return {};
}

// §4.1.9.
Written write(std::string& to, bool boolean)
{
    to += boolean ? "?1" : "?0";
    return {};
}

// §4.1.10.
Written write(std::string& to, Date date)
{
    to += '@';
    return write(to, date.seconds);
}

// §4.1.11.
Written write(std::string& to, const DisplayString& string)
{
    constexpr auto plain = visible.without("\"%");
    constexpr std::string_view hex_digits = "0123456789abcdef";
    if (!base::is_utf8(string.text))
        return fail(Error::malformed, "a display string that is not UTF-8", "RFC 9651 §4.1.11");
    to += "%\"";
    for (const char c : string.text) {
        const auto octet = static_cast<unsigned char>(c);
        if (plain.has(c)) to += c;
        else ((to += '%') += hex_digits[octet >> 4]) += hex_digits[octet & 15];
    }
    to += '"';
    return {};
}

// §4.1.3.1.
Written write(std::string& to, const BareItem& value)
{
    return std::visit([&to](const auto& one) { return write(to, one); }, value);
}

// §4.1.1.3.
Written write_key(std::string& to, std::string_view key)
{
    if (key.empty() || !key_start.has(key.front()) || !key_octet.has_all(key))
        return fail(Error::malformed, "a key with an octet that no key has", "RFC 9651 §4.1.1.3");
    to += key;
    return {};
}

bool is_true(const BareItem& value)
{
    const auto* boolean = std::get_if<bool>(&value);
    return boolean != nullptr && *boolean;
}

// §4.1.1.2. A value that is true is not written.
Written write(std::string& to, const Parameters& parameters)
{
    for (const auto& [key, value] : parameters) {
        to += ';';
        if (auto written = write_key(to, key); !written) return written;
        if (is_true(value)) continue;
        to += '=';
        if (auto written = write(to, value); !written) return written;
    }
    return {};
}

// §4.1.3.
Written write(std::string& to, const Item& item)
{
    if (auto written = write(to, item.value); !written) return written;
    return write(to, item.parameters);
}

// §4.1.1.1.
Written write(std::string& to, const InnerList& list)
{
    to += '(';
    for (bool first = true; const auto& item : list.items) {
        if (!std::exchange(first, false)) to += ' ';
        if (auto written = write(to, item); !written) return written;
    }
    to += ')';
    return write(to, list.parameters);
}

Written write(std::string& to, const ItemOrList& member)
{
    return std::visit([&to](const auto& one) { return write(to, one); }, member);
}

// §4.1.1.
Written write(std::string& to, const List& list)
{
    for (bool first = true; const auto& member : list) {
        if (!std::exchange(first, false)) to += ", ";
        if (auto written = write(to, member); !written) return written;
    }
    return {};
}

// §4.1.2. Of an item that is true only the parameters are written.
Written write(std::string& to, const Dictionary& dictionary)
{
    for (bool first = true; const auto& [key, member] : dictionary) {
        if (!std::exchange(first, false)) to += ", ";
        if (auto written = write_key(to, key); !written) return written;
        const auto* item = std::get_if<Item>(&member);
        if (item != nullptr && is_true(item->value)) {
            if (auto written = write(to, item->parameters); !written) return written;
            continue;
        }
        to += '=';
        if (auto written = write(to, member); !written) return written;
    }
    return {};
}

template <class T>
Result<std::string> written(const T& value)
{
    std::string text;
    if (auto result = write(text, value); !result) return std::unexpected(result.error());
    return text;
}

}  // namespace

Decimal Decimal::of(double number) noexcept
{
    // nearbyint rounds a tie to even. Above the largest, and for NaN, one more than the largest: write() refuses it.
    const double thousandths = std::nearbyint(number * 1000);
    if (thousandths < -static_cast<double>(largest_number)) return {-largest_number - 1};
    if (!(thousandths <= static_cast<double>(largest_number))) return {largest_number + 1};
    return {static_cast<std::int64_t>(thousandths)};
}

Result<std::string> serialise(const Item& item) { return written(item); }
Result<std::string> serialise(const List& list) { return written(list); }
Result<std::string> serialise(const Dictionary& dictionary) { return written(dictionary); }

}  // namespace cais::http::structured
