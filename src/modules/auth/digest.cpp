#include "modules/auth/digest.h"

#include "base/text.h"
#include "modules/auth/credentials.h"

#include <algorithm>
#include <optional>

namespace cais::auth {
namespace {

constexpr const char* source = "RFC 7616 §3.4";

bool is_lower_hex(std::string_view text, std::size_t length)
{
    constexpr auto digit = base::OctetSet("").with('0', '9').with('a', 'f');
    return text.size() == length && digit.has_all(text);
}

// ext-value, RFC 8187 §3.2.1, in UTF-8: UTF-8'en'J%C3%A4s.
std::optional<std::string> extended_value(std::string_view text)
{
    const auto first = text.find('\'');
    const auto second = first == text.npos ? text.npos : text.find('\'', first + 1);
    if (second == text.npos || !base::equals_ignoring_case(text.substr(0, first), "UTF-8")) return std::nullopt;
    std::string value;
    for (std::size_t i = second + 1; i < text.size(); ++i) {
        if (text[i] != '%') {
            constexpr auto attribute = base::OctetSet("!#$&+-.^_`|~").with('a', 'z').with('A', 'Z').with('0', '9');
            if (!attribute.has(text[i])) return std::nullopt;
            value += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = base::hex_value(text[i + 1]);
        const int low = base::hex_value(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        value += static_cast<char>(high * 16 + low);
        i += 2;
    }
    if (!base::is_utf8(value)) return std::nullopt;
    return value;
}

}  // namespace

Result<Digest> parse_digest(std::string_view text)
{
    auto parameters = parse_parameters(text);
    if (!parameters) return std::unexpected(parameters.error());
    const auto take = [&](std::string_view name) -> std::optional<std::string> {
        for (auto& parameter : *parameters)
            if (base::equals_ignoring_case(parameter.name, name)) return std::move(parameter.value);
        return std::nullopt;
    };
    auto username = take("username");
    const auto extended = take("username*");
    auto realm = take("realm");
    auto nonce = take("nonce");
    auto uri = take("uri");
    auto response = take("response");
    auto cnonce = take("cnonce");
    auto nc = take("nc");
    const auto qop = take("qop");
    const auto algorithm = take("algorithm");
    const auto userhash = take("userhash");

    if (!realm || !nonce || !uri || !response || username.has_value() == extended.has_value())
        return fail(Error::malformed,
                    "the Digest credentials lack one of username, realm, nonce, uri, response, or have two names",
                    source);
    // Without it the algorithm is MD5 (§3.4), which is not offered.
    if (!algorithm || !base::equals_ignoring_case(*algorithm, "SHA-256"))
        return fail(Error::unsupported, "the Digest credentials use another algorithm than SHA-256", source);
    if (!qop || *qop != "auth")
        return fail(Error::unsupported, "the Digest credentials use another qop than auth", source);
    if (!cnonce || cnonce->empty() || !nc || !is_lower_hex(*nc, 8))
        return fail(Error::malformed, "the Digest credentials lack cnonce, or nc of eight hexadecimal digits", source);
    if (!is_lower_hex(*response, 64))
        return fail(Error::malformed, "the response of the Digest credentials is not 64 hexadecimal digits", source);
    if (userhash && !base::equals_ignoring_case(*userhash, "true") && !base::equals_ignoring_case(*userhash, "false"))
        return fail(Error::malformed, "userhash is neither true nor false", "RFC 7616 §3.4.4");

    Digest digest;
    digest.is_hashed = userhash && base::equals_ignoring_case(*userhash, "true");
    if (extended) {
        // §3.4.4: a hash needs no encoding.
        if (digest.is_hashed) return fail(Error::malformed, "username* beside userhash=true", "RFC 7616 §3.4.4");
        auto decoded = extended_value(*extended);
        if (!decoded) return fail(Error::malformed, "username* is no extended value in UTF-8", "RFC 8187 §3.2.1");
        digest.username = std::move(*decoded);
    } else {
        digest.username = std::move(*username);
    }
    digest.realm = std::move(*realm);
    digest.nonce = std::move(*nonce);
    digest.uri = std::move(*uri);
    digest.response = std::move(*response);
    digest.cnonce = std::move(*cnonce);
    for (const char c : *nc) digest.nc = digest.nc * 16 + static_cast<std::uint32_t>(base::hex_value(c));
    digest.nc_text = std::move(*nc);
    if (digest.nc == 0) return fail(Error::malformed, "nc counts from one", source);
    return digest;
}

Sha256 digest_hash(std::string_view name, std::string_view realm, std::string_view password)
{
    return sha256({name, ":", realm, ":", password});
}

std::string digest_response(const Sha256& stored, const Digest& digest, std::string_view method)
{
    const std::string a1 = to_hex(stored);
    const std::string a2 = to_hex(sha256({method, ":", digest.uri}));  // §3.4.3
    return to_hex(sha256({a1, ":", digest.nonce, ":", digest.nc_text, ":", digest.cnonce, ":auth:", a2}));
}

std::string digest_challenge(std::string_view realm, std::string_view nonce, Staleness staleness)
{
    std::string challenge =
        "Digest realm=" + quoted(realm) + ", qop=\"auth\", algorithm=SHA-256, nonce=" + quoted(nonce);
    challenge += ", charset=UTF-8, userhash=true";
    if (staleness == Staleness::stale) challenge += ", stale=true";
    return challenge;
}

}  // namespace cais::auth
