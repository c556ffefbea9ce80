#include "modules/auth/users.h"

#include "base/base64.h"
#include "base/text.h"

#include <algorithm>

namespace cais::auth {
namespace {

constexpr std::string_view white = " \t";
constexpr base::OctetSet not_in_names = base::OctetSet(":,=/\\\"\x7f").with(0x00, 0x20);
constexpr base::OctetSet not_first = base::OctetSet("@#-$.");

std::string_view next_word(std::string_view& rest)
{
    const auto begin = rest.find_first_not_of(white);
    if (begin == rest.npos) return rest = {};
    rest.remove_prefix(begin);
    const auto word = rest.substr(0, rest.find_first_of(white));
    rest.remove_prefix(word.size());
    return word;
}

// Spaces and what has no glyph of its own, among them what turns the direction of text around: two names that look the
// same would be two users.
bool has_invisible(std::string_view text)
{
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        const auto at = [&](std::size_t k) {
            return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u;
        };
        const unsigned first = at(0), second = at(1), third = at(2);
        if (first == 0xC2 && (second <= 0xA0 || second == 0xAD)) return true;  // C1, U+00A0, U+00AD
        if (first == 0xE2 && second == 0x80 && (third <= 0x8F || third >= 0xA8) && third <= 0xAF) return true;
        if (first == 0xE2 && second == 0x81 && third >= 0x9F && third <= 0xAF) return true;  // U+205F to U+206F
        if (first == 0xE3 && second == 0x80 && third == 0x80) return true;                   // U+3000
        if (first == 0xEF && second == 0xBB && third == 0xBF) return true;                   // U+FEFF
    }
    return false;
}

std::string unpadded(std::string_view octets)
{
    std::string text = base::to_base64(octets);
    while (text.ends_with('=')) text.pop_back();
    return text;
}

std::optional<std::string> from_unpadded(std::string_view text)
{
    if (text.ends_with('=')) return std::nullopt;
    auto octets = base::from_base64(text, base::Padding::optional);
    if (!octets) return std::nullopt;
    return std::move(*octets);
}

std::optional<Sha256> hash_from(std::string_view text)
{
    const auto octets = from_unpadded(text);
    if (!octets || octets->size() != sizeof(Sha256)) return std::nullopt;
    Sha256 hash;
    std::ranges::copy(octets_of(*octets), hash.begin());
    return hash;
}

Result<void> add_groups(User& user, std::string_view value)
{
    for (;;) {
        const auto end = value.find(',');
        const auto group = value.substr(0, end);
        if (!wrong_with_name(group).empty())
            return fail(Error::malformed, "`groups=` has a name that no group can have");
        if (user.groups.size() == most_groups) return fail(Error::too_large, "there are more than 64 groups");
        if (!user.is_in(group)) user.groups.emplace_back(group);
        if (end == value.npos) return {};
        value.remove_prefix(end + 1);
    }
}

// "$sha-256$FIRST$HASH": gives FIRST and HASH.
std::optional<std::pair<std::string_view, std::string_view>> two_parts(std::string_view value)
{
    constexpr std::string_view prefix = "$sha-256$";
    if (!value.starts_with(prefix)) return std::nullopt;
    value.remove_prefix(prefix.size());
    const auto border = value.find('$');
    if (border == value.npos) return std::nullopt;
    return std::pair(value.substr(0, border), value.substr(border + 1));
}

Result<void> set_digest(User& user, std::string_view value)
{
    const auto parts = two_parts(value);
    if (!parts) return fail(Error::malformed, "`digest=` is not $sha-256$REALM$HASH");
    auto realm = from_unpadded(parts->first);
    const auto hash = hash_from(parts->second);
    if (!realm || !hash)
        return fail(Error::malformed, "`digest=` has a realm or a hash that is no base 64 of its length");
    user.digest = User::Digest{std::move(*realm), *hash};
    return {};
}

Result<void> add_token(User& user, std::string_view value)
{
    const auto parts = two_parts(value);
    if (!parts || !parts->first.starts_with("t="))
        return fail(Error::malformed, "`token=` is not $sha-256$t=SECONDS$HASH");
    const auto made = base::parse_decimal(parts->first.substr(2));
    const auto hash = hash_from(parts->second);
    if (!made || *made > 253'402'300'799 || !hash)
        return fail(Error::malformed, "`token=` has a time or a hash that is none");
    if (user.tokens.size() == most_tokens) return fail(Error::too_large, "there are more than 64 tokens");
    user.tokens.push_back({base::Seconds(std::chrono::seconds(*made)), *hash});
    return {};
}

}  // namespace

bool User::is_in(std::string_view group) const noexcept { return std::ranges::find(groups, group) != groups.end(); }

std::string_view wrong_with_name(std::string_view name) noexcept
{
    if (name.empty()) return "it is empty";
    if (name.size() > longest_name) return "it is longer than 64 octets";
    if (not_first.has(name.front())) return "it begins with one of @ # - $ .";
    if (!base::is_utf8(name)) return "it is not UTF-8";
    if (std::ranges::any_of(name, [](char c) { return not_in_names.has(c); }))
        return "it has a space, a control character, or one of : , = / \\ \"";
    if (has_invisible(name)) return "it has a character that nobody sees";
    return {};
}

Result<User> parse_user(std::string_view line)
{
    if (line.size() > longest_line) return fail(Error::too_large, "the line is longer than 16 KiB");
    std::string_view rest = line;
    User user;
    user.name = next_word(rest);
    if (!wrong_with_name(user.name).empty())
        return fail(Error::malformed, "the line begins with no name that a user can have");
    for (auto word = next_word(rest); !word.empty(); word = next_word(rest)) {
        const auto equals = word.find('=');
        if (equals == word.npos) return fail(Error::malformed, "a word is no KEY=VALUE");
        const auto key = word.substr(0, equals);
        const auto value = word.substr(equals + 1);
        Result<void> taken;
        if (key == "groups") {
            if (!user.groups.empty()) return fail(Error::malformed, "`groups=` is there twice");
            taken = add_groups(user, value);
        } else if (key == "password") {
            if (user.password) return fail(Error::malformed, "`password=` is there twice");
            auto password = PasswordHash::parse(value);
            if (!password) return std::unexpected(password.error());
            user.password = std::move(*password);
        } else if (key == "digest") {
            if (user.digest) return fail(Error::malformed, "`digest=` is there twice");
            taken = set_digest(user, value);
        } else if (key == "token") {
            taken = add_token(user, value);
        } else {
            return fail(Error::malformed, "a key is none of groups, password, digest, token");
        }
        if (!taken) return std::unexpected(taken.error());
    }
    return user;
}

std::string line_of(const User& user)
{
    std::string line = user.name;
    for (std::size_t i = 0; i < user.groups.size(); ++i) (line += i == 0 ? " groups=" : ",") += user.groups[i];
    if (user.password) (line += " password=") += user.password->text();
    if (user.digest) {
        (line += " digest=$sha-256$") += unpadded(user.digest->realm);
        (line += '$') += unpadded(text_of(user.digest->hash));
    }
    for (const auto& token : user.tokens) {
        line += " token=$sha-256$t=";
        base::append_decimal(line, static_cast<std::uint64_t>(token.made.time_since_epoch().count()));
        (line += '$') += unpadded(text_of(token.hash));
    }
    return line;
}

std::string_view name_in(std::string_view line) noexcept
{
    const auto word = next_word(line);
    return word.starts_with('#') ? std::string_view{} : word;
}

Users::Users(std::string_view text, std::string_view realm)
{
    struct Seen {
        std::size_t line;
        bool is_twice = false;
    };
    std::unordered_map<std::string_view, Seen> seen;  // by the first word, of broken lines too
    std::size_t number = 0;
    for (std::string_view rest = text; !rest.empty();) {
        const auto end = rest.find('\n');
        auto line = rest.substr(0, end);
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        const auto name = name_in(line);
        if (name.empty()) continue;
        if (const auto [at, is_new] = seen.try_emplace(name, Seen{number}); !is_new) {
            at->second.is_twice = true;
            std::string what = "`";
            base::append_printable(what, name);
            what += "` is on line ";
            base::append_decimal(what, at->second.line);
            mistakes_.push_back({number, what += " too; neither is let in"});
            continue;
        }
        auto user = parse_user(line);
        if (user) users_.push_back(std::move(*user));
        else mistakes_.push_back({number, base::describe(user.error())});
    }
    std::erase_if(users_, [&](const User& user) { return seen.at(user.name).is_twice; });
    index(realm);
}

void Users::index(std::string_view realm)
{
    for (const auto& user : users_) {
        by_name_.emplace(user.name, &user);
        if (user.digest) by_userhash_.emplace(userhash_of(user.name, realm), &user);
        for (const auto& token : user.tokens) by_token_.emplace(text_of(token.hash), &user);
    }
}

const User* Users::find(std::string_view name) const
{
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
}

const User* Users::find_hashed(std::string_view userhash) const
{
    const auto found = by_userhash_.find(std::string(userhash));
    return found == by_userhash_.end() ? nullptr : found->second;
}

const User* Users::find_token(const Sha256& hash) const
{
    const auto found = by_token_.find(text_of(hash));
    return found == by_token_.end() ? nullptr : found->second;
}

std::string userhash_of(std::string_view name, std::string_view realm) { return to_hex(sha256({name, ":", realm})); }

}  // namespace cais::auth
