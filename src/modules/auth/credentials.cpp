#include "modules/auth/credentials.h"

#include "base/text.h"
#include "http/fields.h"

namespace cais::auth {
namespace {

constexpr const char* source = "RFC 9110 §11.2";
constexpr auto token68_octet = base::OctetSet("-._~+/").with('a', 'z').with('A', 'Z').with('0', '9');
// qdtext and what may follow a backslash, RFC 9110 §5.6.4.
constexpr auto quoted_octet = base::OctetSet("\t").with(0x20, 0x7E).with(0x80, 0xFF);

void skip_white(std::string_view& rest)
{
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
}

std::string_view take_token(std::string_view& rest)
{
    std::size_t length = 0;
    while (length < rest.size() && http::is_token(rest.substr(length, 1))) ++length;
    const auto token = rest.substr(0, length);
    rest.remove_prefix(length);
    return token;
}

Result<std::string> take_quoted(std::string_view& rest)
{
    rest.remove_prefix(1);
    std::string value;
    while (!rest.empty()) {
        char c = rest.front();
        rest.remove_prefix(1);
        if (c == '"') return value;
        if (c == '\\') {
            if (rest.empty()) break;
            c = rest.front();
            rest.remove_prefix(1);
        }
        if (!quoted_octet.has(c)) break;
        value += c;
    }
    return fail(Error::malformed, "a quoted string of the credentials does not end, or has a control character",
                "RFC 9110 §5.6.4");
}

}  // namespace

Result<Credentials> parse_credentials(std::string_view value)
{
    std::string_view rest = value;
    Credentials credentials;
    credentials.scheme = take_token(rest);
    if (credentials.scheme.empty()) return fail(Error::malformed, "the credentials name no scheme", "RFC 9110 §11.4");
    if (rest.empty()) return credentials;
    if (rest.front() != ' ')
        return fail(Error::malformed, "no space follows the scheme of the credentials", "RFC 9110 §11.4");
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    credentials.rest = rest;
    return credentials;
}

bool is_token68(std::string_view text) noexcept
{
    while (text.ends_with('=')) text.remove_suffix(1);
    return !text.empty() && token68_octet.has_all(text);
}

Result<std::vector<Parameter>> parse_parameters(std::string_view rest)
{
    std::vector<Parameter> parameters;
    for (bool is_first = true;; is_first = false) {
        // Empty members are passed over, RFC 9110 §5.6.1.2.
        skip_white(rest);
        if (rest.empty()) return parameters;
        if (!is_first || rest.front() == ',') {
            if (rest.front() != ',')
                return fail(Error::malformed, "no comma between two parameters of the credentials", source);
            rest.remove_prefix(1);
            skip_white(rest);
            if (rest.empty()) return parameters;
            if (rest.front() == ',') continue;
        }
        Parameter parameter;
        parameter.name = take_token(rest);
        skip_white(rest);
        if (parameter.name.empty() || !rest.starts_with('='))
            return fail(Error::malformed, "a parameter of the credentials is no NAME=VALUE", source);
        rest.remove_prefix(1);
        skip_white(rest);
        if (rest.starts_with('"')) {
            auto value = take_quoted(rest);
            if (!value) return std::unexpected(value.error());
            parameter.value = std::move(*value);
        } else {
            parameter.value = take_token(rest);
            if (parameter.value.empty())
                return fail(Error::malformed, "a parameter of the credentials has no value", source);
        }
        for (const auto& other : parameters)
            if (base::equals_ignoring_case(other.name, parameter.name))
                return fail(Error::malformed, "a parameter of the credentials is there twice", source);
        if (parameters.size() == most_parameters)
            return fail(Error::too_large, "the credentials have more than 32 parameters");
        parameters.push_back(std::move(parameter));
    }
}

std::string quoted(std::string_view text)
{
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result += '"';
}

}  // namespace cais::auth
