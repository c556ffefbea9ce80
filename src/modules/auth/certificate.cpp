#include "modules/auth/certificate.h"

#include "base/text.h"

#include <utility>

namespace cais::auth {
namespace {

// What stands before the next separator that no backslash precedes; taken with it.
std::string_view next_part(std::string_view& rest)
{
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (rest[i] == '\\') {
            ++i;
        } else if (rest[i] == ',' || rest[i] == '+' || rest[i] == ';') {
            const auto part = rest.substr(0, i);
            rest.remove_prefix(i + 1);
            return part;
        }
    }
    return std::exchange(rest, {});
}

std::string_view trimmed(std::string_view part)
{
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ') && !part.ends_with("\\ ")) part.remove_suffix(1);
    return part;
}

// string of RFC 4514 §3: a backslash before a character or two hexadecimal digits.
std::optional<std::string> decoded(std::string_view text)
{
    if (text.empty() || text.front() == '#') return std::nullopt;  // BER in hexadecimal
    std::string value;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            value += text[i];
            continue;
        }
        if (++i == text.size()) return std::nullopt;
        const int high = base::hex_value(text[i]);
        if (high < 0) {
            value += text[i];
            continue;
        }
        const int low = i + 1 < text.size() ? base::hex_value(text[i + 1]) : -1;
        if (low < 0) return std::nullopt;
        value += static_cast<char>(high * 16 + low);
        ++i;
    }
    if (!base::is_utf8(value) || value.contains('\0')) return std::nullopt;
    return value;
}

}  // namespace

std::optional<std::string> common_name(std::string_view subject)
{
    std::optional<std::string> found;
    while (!subject.empty()) {
        const auto part = trimmed(next_part(subject));
        const auto equals = part.find('=');
        if (equals == part.npos) return std::nullopt;
        const auto type = part.substr(0, equals);
        if (!base::equals_ignoring_case(type, "CN") && type != "2.5.4.3") continue;
        if (found) return std::nullopt;
        found = decoded(part.substr(equals + 1));
        if (!found) return std::nullopt;
    }
    return found;
}

}  // namespace cais::auth
