#include "server/host_table.h"

#include "base/text.h"
#include "io/address.h"

#include <array>

namespace cais::server {
namespace {

constexpr std::size_t most_octets = 255;  // of a name that any site can have (RFC 1035 §2.3.4)

}  // namespace

void HostTable::add(const Host& host, std::uint32_t site)
{
    const Match match{site, host.kind};
    switch (host.kind) {
    case Host::Kind::name:
    case Host::Kind::address: exact_.try_emplace(host.name, match); break;
    case Host::Kind::wildcard: wildcards_.try_emplace(host.name, match); break;
    case Host::Kind::any:
        if (!any_) any_ = match;
        break;
    }
}

std::optional<HostTable::Match> HostTable::find(std::string_view authority) const noexcept
{
    std::array<char, most_octets + 1> lower;
    std::string_view name;
    if (authority.starts_with('[')) {
        // As the system writes it, so that every spelling of an address is the same.
        const auto end = authority.find(']');
        if (end == std::string_view::npos || end > 64) return any_;
        std::array<char, 80> text;
        const std::size_t length = authority.copy(text.data(), end + 1);
        text[length] = ':';
        text[length + 1] = '0';
        const auto address = io::Address::parse({text.data(), length + 2});
        if (!address) return any_;
        name = {lower.data(), address->write_ip(lower.data())};
    } else {
        std::size_t length = 0;
        for (const char c : authority) {
            if (c == ':') break;
            if (length == lower.size()) return any_;
            lower[length++] = base::to_lower(c);
        }
        if (length > 0 && lower[length - 1] == '.') --length;
        name = {lower.data(), length};
    }
    if (const auto found = exact_.find(name); found != exact_.end()) return found->second;
    if (!wildcards_.empty()) {
        const std::size_t dot = name.find('.');
        if (dot != std::string_view::npos && dot > 0)
            if (const auto found = wildcards_.find(name.substr(dot + 1)); found != wildcards_.end())
                return found->second;
    }
    return any_;
}

}  // namespace cais::server
