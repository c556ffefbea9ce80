#include "base/text.h"
#include "modules/auth/auth.h"

#include <algorithm>
#include <optional>

namespace cais::auth {
namespace {

constexpr std::string_view digest_prefix = "sha256:";

// Takes `item` where it is a user's name or a @group; says what is wrong with it otherwise.
void take_name(config::Table& table, std::string_view key, std::size_t index, std::string_view item, Allowed& to,
               std::vector<Config::Mention>& mentions)
{
    const bool is_group = item.starts_with('@');
    const auto name = is_group ? item.substr(1) : item;
    if (const auto wrong = wrong_with_name(name); !wrong.empty()) {
        table.error(key, index,
                    "`" + std::string(item) + "` cannot be the name of a " + (is_group ? "group" : "user") + ": " +
                        std::string(wrong));
        return;
    }
    (is_group ? to.groups : to.users).emplace_back(name);
    mentions.push_back({std::string(name), is_group, table.where(key, index)});
}

Allowed read_names(config::Table& table, std::string_view key, std::vector<Config::Mention>& mentions)
{
    Allowed allowed;
    if (!table.has(key)) return allowed;
    const auto items = table.texts(key);
    for (std::size_t i = 0; i < items.size(); ++i) take_name(table, key, i, items[i], allowed, mentions);
    return allowed;
}

// 64 hexadecimal digits, with colons between pairs where they were copied so; in lower case.
std::optional<std::string> certificate_digest(std::string_view text)
{
    std::string digest;
    for (const char c : text) {
        if (c == ':') continue;
        if (base::hex_value(c) < 0) return std::nullopt;
        digest += base::to_lower(c);
    }
    if (digest.size() != 64) return std::nullopt;
    return digest;
}

}  // namespace

Config Config::read(config::Table& table)
{
    Config config;
    config.basic = read_names(table, "basic", config.mentions);
    config.digest = read_names(table, "digest", config.mentions);
    config.bearer = read_names(table, "bearer", config.mentions);
    const bool has_certificate = table.has("certificate");
    const auto items = has_certificate ? table.texts("certificate") : std::vector<std::string>{};
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string_view item = items[i];
        if (item.starts_with(digest_prefix)) {
            if (auto digest = certificate_digest(item.substr(digest_prefix.size())))
                config.certificate_digests.push_back(std::move(*digest));
            else
                table.error("certificate", i, "what follows `sha256:` is not 64 hexadecimal digits",
                            "openssl x509 -noout -fingerprint -sha256");
        } else if (item.contains('=')) {
            config.subjects.emplace_back(item);
        } else {
            take_name(table, "certificate", i, item, config.certificate, config.mentions);
        }
    }
    if (!table.has("basic") && !table.has("digest") && !table.has("bearer") && !has_certificate)
        table.error_here(
            "`auth` lets nobody in",
            "say who: auth = { basic = [\"ana\", \"@team\"] }; there are basic, digest, bearer, certificate");
    return config;
}

bool Allowed::has(const User& user) const noexcept
{
    return std::ranges::find(users, user.name) != users.end() ||
           std::ranges::any_of(groups, [&](const std::string& group) { return user.is_in(group); });
}

}  // namespace cais::auth
