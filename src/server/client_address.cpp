#include "server/client_address.h"

#include "http/list.h"

#include <algorithm>
#include <array>
#include <optional>

namespace cais::server {
namespace {

using http::Name;

constexpr std::size_t most_proxies = 32;  // one behind the other; what stands before is not looked at

// The last members of a list, in their order.
struct LastMembers {
    std::array<std::string_view, most_proxies> texts;
    std::size_t count = 0;
    void add(std::string_view text) { texts[count++ % most_proxies] = text; }
    [[nodiscard]] std::size_t size() const { return std::min(count, most_proxies); }
    // 0: the last one.
    [[nodiscard]] std::string_view from_end(std::size_t index) const
    {
        return texts[(count - 1 - index) % most_proxies];
    }
};

bool is_trusted(const io::Address& address, std::span<const Network> trust) noexcept
{
    return std::ranges::any_of(trust, [&](const Network& network) { return network.has(address); });
}

// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80"; the port is dropped.
std::optional<io::Address> parse_node(std::string_view text) noexcept
{
    std::array<char, 64> buffer;
    std::size_t length = 0;
    const auto put = [&](std::string_view piece) {
        if (buffer.size() - length < piece.size()) return false;
        length += piece.copy(buffer.data() + length, piece.size());
        return true;
    };
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos || (end + 1 < text.size() && text[end + 1] != ':')) return std::nullopt;
        if (!put(text.substr(0, end + 1)) || !put(":0")) return std::nullopt;
    } else if (std::ranges::count(text, ':') > 1) {
        if (!put("[") || !put(text) || !put("]:0")) return std::nullopt;
    } else if (!put(text.substr(0, text.find(':'))) || !put(":0")) {
        return std::nullopt;
    }
    const auto address = io::Address::parse({buffer.data(), length});
    return address ? std::optional(*address) : std::nullopt;
}

// The `for` of an element of Forwarded, without quotes; empty where there is none. RFC 7239 §4.
std::string_view for_of(std::string_view element) noexcept
{
    while (!element.empty()) {
        std::size_t end = 0;
        for (bool is_quoted = false; end < element.size() && (is_quoted || element[end] != ';'); ++end) {
            if (element[end] == '"') is_quoted = !is_quoted;
            else if (is_quoted && element[end] == '\\') ++end;
        }
        end = std::min(end, element.size());
        const std::string_view pair = base::trim(element.substr(0, end));
        element.remove_prefix(std::min(end + 1, element.size()));
        if (pair.size() < 4 || !base::equals_ignoring_case(pair.substr(0, 4), "for=")) continue;
        std::string_view value = pair.substr(4);
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
        return value;
    }
    return {};
}

}  // namespace

io::Address client_address(const http::Request& request, std::span<const Network> trust) noexcept
{
    io::Address client = request.connection->peer;
    if (trust.empty() || !is_trusted(client, trust)) return client;
    const bool is_older = request.fields.has(Name::x_forwarded_for);
    LastMembers members;
    http::for_each_member(request.fields.all(is_older ? Name::x_forwarded_for : Name::forwarded),
                          [&](std::string_view member) { members.add(member); });
    for (std::size_t i = 0; i < members.size(); ++i) {
        const std::string_view member = members.from_end(i);
        const auto named = parse_node(is_older ? member : for_of(member));
        if (!named) break;
        client = *named;
        client.port = 0;
        if (!is_trusted(client, trust)) break;
    }
    return client;
}

}  // namespace cais::server
