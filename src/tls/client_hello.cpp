#include "tls/client_hello.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace cais::tls {
namespace {

constexpr std::size_t longest_name = 253;  // RFC 1035 §2.3.4, as text without the last dot
constexpr base::OctetSet name_octets = base::OctetSet("-_.:").with('a', 'z').with('A', 'Z').with('0', '9');

// Takes a number of one to three octets off the front of `text`.
std::optional<std::size_t> take_number(std::string_view& text, std::size_t octets)
{
    if (text.size() < octets) return std::nullopt;
    std::size_t number = 0;
    for (std::size_t i = 0; i < octets; ++i) number = number << 8 | static_cast<unsigned char>(text[i]);
    text.remove_prefix(octets);
    return number;
}

// Takes a vector whose length stands before it in one to three octets (RFC 8446 §3.4).
std::optional<std::string_view> take_vector(std::string_view& text, std::size_t length_octets)
{
    const auto length = take_number(text, length_octets);
    if (!length || text.size() < *length) return std::nullopt;
    const std::string_view taken = text.substr(0, *length);
    text.remove_prefix(*length);
    return taken;
}

bool is_known(std::size_t version) { return version >= 0x0200 && version <= 0x0304; }

}  // namespace

std::optional<std::string_view> parse_server_name(std::string_view extension)
{
    auto list = take_vector(extension, 2);
    if (!list || list->empty() || !extension.empty()) return std::nullopt;
    std::string_view host;
    while (!list->empty()) {
        const auto type = take_number(*list, 1);
        const auto name = take_vector(*list, 2);
        if (!type || !name) return std::nullopt;
        if (*type != 0) continue;  // no other type was ever registered
        // At most one of a type, and not an empty one.
        if (!host.empty() || name->empty()) return std::nullopt;
        host = *name;
    }
    return host;
}

std::optional<std::string> normalise_server_name(std::string_view name)
{
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.empty() || name.size() > longest_name || name.starts_with('.')) return std::nullopt;
    if (!name_octets.has_all(name)) return std::nullopt;
    std::string text(name);
    std::ranges::transform(text, text.begin(), base::to_lower);
    return text;
}

std::uint16_t highest_version(std::uint16_t legacy_version, std::optional<std::string_view> supported_versions)
{
    if (!supported_versions) return legacy_version;
    auto list = take_vector(*supported_versions, 1);
    std::size_t highest = 0;
    while (list && !list->empty()) {
        const auto version = take_number(*list, 2);
        if (!version) break;
        if (is_known(*version)) highest = std::max(highest, *version);
    }
    return static_cast<std::uint16_t>(highest);
}

std::string text_of_version(std::uint16_t version)
{
    switch (version) {
    case 0x0002:
    case 0x0200: return "SSL 2.0";
    case 0x0300: return "SSL 3.0";
    case 0x0301: return "TLS 1.0";
    case 0x0302: return "TLS 1.1";
    case 0x0303: return "TLS 1.2";
    case 0x0304: return "TLS 1.3";
    case 0: return "no version that we know";
    default: break;
    }
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text = "version 0x";
    for (int shift = 12; shift >= 0; shift -= 4) text += digits[(version >> shift) & 15];
    return text;
}

std::optional<ClientHello> read_client_hello(std::string_view message)
{
    constexpr std::size_t client_hello = 1;
    constexpr std::size_t random_octets = 32;
    enum : std::size_t { server_name = 0, protocols = 16, session_ticket = 35, pre_shared_key = 41, versions = 43 };
    const auto type = take_number(message, 1);
    auto body = take_vector(message, 3);
    if (type != client_hello || !body || !message.empty()) return std::nullopt;
    const auto legacy_version = take_number(*body, 2);
    if (!legacy_version || body->size() < random_octets) return std::nullopt;
    body->remove_prefix(random_octets);
    const auto session = take_vector(*body, 1);
    const auto suites = take_vector(*body, 2);
    const auto compressions = take_vector(*body, 1);
    if (!session || !suites || !compressions) return std::nullopt;

    ClientHello hello;
    bool names_versions = false;
    auto extensions = body->empty() ? std::optional(std::string_view()) : take_vector(*body, 2);
    while (extensions && !extensions->empty()) {
        const auto kind = take_number(*extensions, 2);
        auto data = take_vector(*extensions, 2);
        if (!kind || !data) return std::nullopt;
        switch (*kind) {
        case server_name: hello.server_name = parse_server_name(*data).value_or(std::string_view()); break;
        case protocols: {
            auto list = take_vector(*data, 2);
            while (list && !list->empty()) {
                const auto protocol = take_vector(*list, 1);
                if (!protocol) return std::nullopt;
                hello.protocols.push_back(*protocol);
            }
            break;
        }
        case session_ticket: hello.has_session |= !data->empty(); break;
        case pre_shared_key: hello.has_session = true; break;
        case versions: {
            names_versions = true;
            auto list = take_vector(*data, 1);
            while (list && !list->empty()) {
                const auto version = take_number(*list, 2);
                if (!version) return std::nullopt;
                if (is_known(*version)) hello.versions.push_back(static_cast<std::uint16_t>(*version));
            }
            break;
        }
        default: break;
        }
    }
    if (!extensions) return std::nullopt;
    if (!names_versions) {
        // RFC 8446 §4.1.2: with supported_versions the session's number says nothing.
        hello.versions.push_back(static_cast<std::uint16_t>(*legacy_version));
        hello.has_session |= !session->empty();
    }
    return hello;
}

bool offers_only(std::string_view extension, std::string_view protocol)
{
    auto list = take_vector(extension, 2);
    if (!list || !extension.empty()) return false;
    const auto first = take_vector(*list, 1);
    return first && *first == protocol && list->empty();
}

}  // namespace cais::tls
