#include "config/table.h"

#include "base/text.h"
#include "config/document.h"
#include "config/quantity.h"
#include "config/secret.h"

#include <algorithm>
#include <fmt/format.h>

namespace cais::config {

std::string_view describe(Value::Kind kind)
{
    switch (kind) {
    case Value::Kind::none: return "nothing";
    case Value::Kind::text: return "text";
    case Value::Kind::number: return "a number";
    case Value::Kind::fraction: return "a fraction";
    case Value::Kind::flag: return "true or false";
    case Value::Kind::time: return "a date or time";
    case Value::Kind::list: return "a list";
    case Value::Kind::table: return "a table";
    }
    return "";
}

Table::Table(Document& document, Value& table, std::string_view name)
    : document_(&document)
    , value_(&table)
{
    if (!name.empty()) value_->name = name;
    value_->is_read = true;
}

const Value* Table::member(std::string_view key) const
{
    const auto at = std::ranges::find(value_->members, key, &Value::key);
    return at == value_->members.end() ? nullptr : &*at;
}

Value* Table::find(std::string_view key)
{
    if (std::ranges::find(value_->asked, key) == value_->asked.end()) value_->asked.emplace_back(key);
    const auto at = std::ranges::find(value_->members, key, &Value::key);
    if (at == value_->members.end()) return nullptr;
    at->is_known = true;
    return &*at;
}

void Table::say(Severity severity, Location where, std::string what, std::string hint)
{
    document_->diagnostics().add({severity, where, std::move(what), std::move(hint), value_->page});
}

void Table::wants(std::string_view key, const Value& got, std::string_view wanted)
{
    say(Severity::error, got.where, fmt::format("`{}` wants {}, not {}", key, wanted, describe(got.kind)), {});
}

bool Table::is_text(std::string_view key, const Value& value, std::string_view wanted)
{
    if (value.kind != Kind::text) {
        wants(key, value, wanted);
        return false;
    }
    // What asks the system would read it up to there.
    if (value.text.contains('\0')) {
        say(Severity::error, value.where, fmt::format("`{}` holds a NUL", key), {});
        return false;
    }
    return true;
}

bool Table::has(std::string_view key) { return find(key) != nullptr; }

Table::Kind Table::kind(std::string_view key)
{
    const Value* value = find(key);
    return value == nullptr ? Kind::none : value->kind;
}

std::optional<std::string> Table::text(std::string_view key)
{
    const Value* value = find(key);
    if (value == nullptr || !is_text(key, *value, "text")) return std::nullopt;
    return value->text;
}

std::vector<std::string> Table::texts(std::string_view key)
{
    const Value* value = find(key);
    std::vector<std::string> all;
    if (value == nullptr) return all;
    const auto read = [&](const Value& item) {
        const bool is_good = is_text(key, item, "text or a list of texts");
        if (is_good && item.text.empty()) say(Severity::error, item.where, fmt::format("`{}` is empty", key), {});
        all.push_back(is_good ? item.text : std::string());
    };
    if (value->kind != Kind::list) {
        read(*value);
        return all;
    }
    if (value->items.empty())
        say(Severity::error, value->where, fmt::format("`{}` is an empty list", key), "leave it out");
    for (const auto& item : value->items) read(item);
    return all;
}

std::optional<std::string> Table::path(std::string_view key)
{
    auto path = text(key);
    if (!path) return path;
    if (path->empty()) {
        error(key, fmt::format("`{}` is empty", key));
        return std::nullopt;
    }
    return document_->resolve(*path);
}

std::vector<std::string> Table::paths(std::string_view key)
{
    auto all = texts(key);
    for (auto& path : all)
        if (!path.empty()) path = document_->resolve(path);
    return all;
}

std::optional<std::string> Table::secret(std::string_view key)
{
    const Value* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->text.starts_with("env:") && !value->text.starts_with("file:"))
        document_->diagnostics().hide(value->where);
    if (!is_text(key, *value, "text, `env:NAME` or `file:PATH`")) return std::nullopt;
    auto secret = read_secret(value->text, *document_);
    if (!secret.warning.empty()) warning(key, fmt::format("`{}`: {}", key, secret.warning), secret.hint);
    if (secret.value) return std::move(secret.value);
    error(key, fmt::format("`{}`: {}", key, secret.fault));
    return std::nullopt;
}

bool Table::flag(std::string_view key, bool fallback)
{
    const Value* value = find(key);
    if (value == nullptr) return fallback;
    if (value->kind == Kind::flag) return value->flag;
    wants(key, *value, "true or false");
    return fallback;
}

std::uint64_t Table::number(std::string_view key, std::uint64_t least, std::uint64_t most, std::uint64_t fallback)
{
    const Value* value = find(key);
    if (value == nullptr) return fallback;
    if (value->kind != Kind::number) {
        wants(key, *value, "a whole number");
        return fallback;
    }
    const bool is_inside = value->number >= 0 && static_cast<std::uint64_t>(value->number) >= least &&
                           static_cast<std::uint64_t>(value->number) <= most;
    if (is_inside) return static_cast<std::uint64_t>(value->number);
    // A bound that no file can pass is none for a person.
    if (most > INT64_MAX / 2) error(key, fmt::format("`{}` is a whole number from {}", key, least));
    else error(key, fmt::format("`{}` is a whole number from {} to {}", key, least, most));
    return fallback;
}

std::uint64_t Table::size(std::string_view key, std::uint64_t fallback)
{
    const Value* value = find(key);
    if (value == nullptr) return fallback;
    if (!is_text(key, *value, "a size in quotes, such as \"64KiB\"")) return fallback;
    const auto size = parse_size(value->text);
    if (size) return *size;
    error(key, fmt::format("`{}`: {}", key, size.error().what));
    return fallback;
}

base::Duration Table::duration(std::string_view key, base::Duration fallback)
{
    const Value* value = find(key);
    if (value == nullptr) return fallback;
    if (!is_text(key, *value, "a duration in quotes, such as \"30s\"")) return fallback;
    const auto duration = parse_duration(value->text);
    if (duration && *duration > base::Duration::zero()) return *duration;
    error(key, fmt::format("`{}`: {}", key, duration ? "it must be longer than nothing" : duration.error().what));
    return fallback;
}

std::optional<std::size_t> Table::choice(std::string_view key, std::span<const std::string_view> words)
{
    const Value* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->kind == Kind::text) {
        const auto at = std::ranges::find(words, value->text);
        if (at != words.end()) return static_cast<std::size_t>(at - words.begin());
    }
    std::string list;
    for (std::size_t i = 0; i < words.size(); ++i)
        list += fmt::format("{}`{}`", i == 0 ? "" : i + 1 == words.size() ? " or " : ", ", words[i]);
    const std::vector<std::string> candidates(words.begin(), words.end());
    const auto near = value->kind == Kind::text ? nearest(value->text, candidates) : std::string_view();
    error(key, fmt::format("`{}` is {}", key, list), near.empty() ? "" : fmt::format("did you mean `{}`?", near));
    return std::nullopt;
}

std::optional<Table> Table::open(std::string_view key, Value& value)
{
    if (value.page.empty()) value.page = value_->page;
    return Table(*document_, value, key);
}

std::optional<Table> Table::table(std::string_view key)
{
    Value* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->kind == Kind::table) return open(key, *value);
    wants(key, *value, "a table");
    return std::nullopt;
}

std::optional<Table> Table::table(std::string_view key, Shorter shorter)
{
    Value* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->kind == Kind::table) return open(key, *value);
    if (shorter.true_is_empty && value->kind == Kind::flag) {
        if (!value->flag) return std::nullopt;
        return open(key, document_->make({.kind = Kind::table, .where = value->where}));
    }
    const bool may_be_short = value->kind == Kind::text || value->kind == Kind::number || value->kind == Kind::list;
    if (!shorter.key.empty() && may_be_short) {
        Value made{.kind = Kind::table, .where = value->where};
        Value& member = made.members.emplace_back(*value);
        member.key = shorter.key;
        member.is_known = false;
        return open(key, document_->make(std::move(made)));
    }
    wants(key, *value, shorter.true_is_empty ? "a table, or true" : "a table");
    return std::nullopt;
}

std::vector<Table> Table::tables(std::string_view key)
{
    std::vector<Table> all;
    Value* value = find(key);
    if (value == nullptr) return all;
    if (value->kind == Kind::table) {
        all.push_back(*open(key, *value));
    } else if (value->kind == Kind::list) {
        for (auto& item : value->items) {
            if (item.kind == Kind::table) all.push_back(*open(key, item));
            else wants(key, item, "a list of tables");
        }
    } else {
        wants(key, *value, "a list of tables");
    }
    return all;
}

std::vector<std::string> Table::keys()
{
    std::vector<std::string> all;
    for (auto& member : value_->members) {
        member.is_known = true;
        all.push_back(member.key);
    }
    return all;
}

void Table::error(std::string_view key, std::string what, std::string hint)
{
    say(Severity::error, where(key), std::move(what), std::move(hint));
}
void Table::error(std::string_view key, std::size_t item, std::string what, std::string hint)
{
    say(Severity::error, where(key, item), std::move(what), std::move(hint));
}
void Table::error_at_key(std::string_view key, std::string what, std::string hint)
{
    say(Severity::error, where_key(key), std::move(what), std::move(hint));
}
void Table::error_here(std::string what, std::string hint)
{
    say(Severity::error, where(), std::move(what), std::move(hint));
}
void Table::warning(std::string_view key, std::string what, std::string hint)
{
    say(Severity::warning, where(key), std::move(what), std::move(hint));
}
void Table::error(Location where, std::string what, std::string hint)
{
    say(Severity::error, where, std::move(what), std::move(hint));
}
void Table::warning(Location where, std::string what, std::string hint)
{
    say(Severity::warning, where, std::move(what), std::move(hint));
}

Location Table::where() const { return value_->where; }

Location Table::where_key(std::string_view key) const
{
    const auto* found = member(key);
    return found == nullptr ? where() : found->where_key;
}

Location Table::where(std::string_view key) const
{
    const auto* found = member(key);
    return found == nullptr ? where() : found->where;
}

Location Table::where(std::string_view key, std::size_t item) const
{
    const auto* found = member(key);
    if (found == nullptr || item >= found->items.size()) return where(key);
    return found->items[item].where;
}

void Table::described_in(std::string_view page) { value_->page = page; }

}  // namespace cais::config
