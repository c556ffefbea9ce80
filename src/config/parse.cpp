#include "config/parse.h"

#include "base/text.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <optional>
#include <utility>

// All of it in this one source, without exceptions: a mistake in a file is a value.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 32
#include <toml++/impl/preprocessor.h>
// What it asserts is not always so: `[[[` reaches a function that wants a key, which then has an error for it; but in a
// build without assertions the compiler was told that this cannot be. (fuzz/configuration.cpp looks for more.)
#undef TOML_ASSERT
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT(expression) static_assert(true)
#define TOML_ASSERT_ASSUME(expression) static_assert(true)
#include <toml++/toml.h>

namespace cais::config {
namespace {

constexpr int most_mistakes = 20;

// toml++ gives the place after the last character of a region.
Location location_of(const toml::source_region& region)
{
    Location where{region.begin.line, region.begin.column, 1};
    if (region.end.line == region.begin.line && region.end.column > region.begin.column)
        where.length = region.end.column - region.begin.column;
    else if (region.end.line > region.begin.line) where.length = UINT32_MAX / 2;  // to the end of the line
    return where;
}

// Characters, as columns count them.
std::uint32_t width(std::string_view text)
{
    return static_cast<std::uint32_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

Value value_of(const toml::node& node);

void add_members(Value& value, const toml::table& table)
{
    for (const auto& [key, node] : table) {
        Value& member = value.members.emplace_back(value_of(node));
        member.key = key.str();
        member.where_key = location_of(key.source());
    }
    std::ranges::sort(value.members, {},
                      [](const Value& member) { return std::pair(member.where_key.line, member.where_key.column); });
}

Value value_of(const toml::node& node)
{
    Value value;
    value.where = location_of(node.source());
    if (const auto* table = node.as_table()) {
        value.kind = Value::Kind::table;
        add_members(value, *table);
    } else if (const auto* list = node.as_array()) {
        value.kind = Value::Kind::list;
        for (const auto& item : *list) value.items.push_back(value_of(item));
    } else if (const auto* text = node.as_string()) {
        value.kind = Value::Kind::text;
        value.text = text->get();
    } else if (const auto* number = node.as_integer()) {
        value.kind = Value::Kind::number;
        value.number = number->get();
    } else if (const auto* flag = node.as_boolean()) {
        value.kind = Value::Kind::flag;
        value.flag = flag->get();
    } else {
        value.kind = node.is_floating_point() ? Value::Kind::fraction : Value::Kind::time;
    }
    return value;
}

struct Line {
    std::size_t start;
    std::size_t length;
};

Line line_at(std::string_view text, std::uint32_t number)
{
    std::size_t start = 0;
    for (std::uint32_t i = 1; i < number; ++i) {
        const auto end = text.find('\n', start);
        if (end == std::string_view::npos) break;
        start = end + 1;
    }
    return {start, std::min(text.find('\n', start), text.size()) - start};
}

// A mistake in our words.
struct Said {
    std::string what;
    std::string hint;
    bool is_duplicate = false;
    bool is_bare = false;  // a word or number where a value stands
};

Said say(std::string_view description)
{
    constexpr std::string_view prefix = "Error while parsing ";
    const auto colon = description.find(": ");
    std::string_view where;
    std::string_view what = description;
    if (description.starts_with(prefix) && colon != std::string_view::npos) {
        where = description.substr(prefix.size(), colon - prefix.size());
        what = description.substr(colon + 2);
    }
    if (what.starts_with("cannot redefine existing")) {
        const auto quote = what.find('\'');
        const auto end = what.rfind('\'');
        const bool has_name = quote != std::string_view::npos && end > quote;
        const auto name = has_name ? what.substr(quote + 1, end - quote - 1) : std::string_view();
        return {has_name ? fmt::format("`{}` is given a second time", name) : "a key is given a second time", {}, true};
    }
    const bool is_number =
        where.contains("integer") || where.contains("float") || where.contains("date") || where.contains("time");
    const bool is_bare = where == "value" || (is_number && (what.contains("expected digit") || what.contains("saw '")));
    if (is_bare && !what.contains("end-of-file"))
        return {"this is no value of TOML", "text stands in quotes, as do sizes and durations: \"64KiB\", \"30s\"",
                false, true};
    std::string sentence = "no TOML: ";
    if (!where.empty())
        sentence += fmt::format("in {} {}: ", where.starts_with('i') || where.starts_with('a') ? "an" : "a", where);
    for (const char c : what) {
        if (c == '\n') sentence += "the end of the line";
        else sentence += c;
    }
    return {std::move(sentence), {}};
}

// Where on its line the key or header begins that is given twice; toml++ stops behind it.
Location whole_key(std::string_view line, std::uint32_t number)
{
    const auto start = std::min(line.find_first_not_of(" \t"), line.size());
    std::string_view key = line.substr(start);
    const auto end = key.starts_with('[') ? key.rfind(']') : key.find('=');
    if (end != std::string_view::npos) key = key.substr(0, key.starts_with('[') ? end + 1 : end);
    return {number, width(line.substr(0, start)) + 1, width(base::trim(key))};
}

// The word around `column`, in which toml++ stopped.
Location whole_word(std::string_view line, std::uint32_t number, std::uint32_t column)
{
    constexpr std::string_view ends = " \t=,[]{}#\"'";
    std::size_t at = 0;  // octets
    for (std::uint32_t seen = 1; at < line.size() && seen < column; ++seen) {
        ++at;
        while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80) ++at;
    }
    const auto start = at == 0 ? 0 : line.find_last_of(ends, at - 1) + 1;  // npos + 1 is 0
    const auto word = line.substr(start, std::min(line.find_first_of(ends, at), line.size()) - start);
    return {number, width(line.substr(0, start)) + 1, std::max(1u, width(word))};
}

Location first_line_that_is_no_utf8(std::string_view text)
{
    Location where{1, 1, 1};
    for (std::size_t start = 0; start < text.size(); ++where.line) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        if (!base::is_utf8(text.substr(start, end - start))) break;
        start = end + 1;
    }
    return where;
}

// Whether the line is wrong for itself alone, so that what follows can be read without it.
bool is_wrong_alone(std::string_view line, std::string_view description)
{
    const auto alone = toml::parse(line);
    return !alone && alone.error().description() == description;
}

}  // namespace

bool parse_toml(Diagnostics& diagnostics, Value& root)
{
    std::string text = diagnostics.source();
    bool is_readable = true;
    if (!base::is_utf8(text)) {
        diagnostics.error(first_line_that_is_no_utf8(text), "the file is not UTF-8");
        return false;
    }
    for (int mistakes = 0;; ++mistakes) {
        const auto result = toml::parse(std::string_view(text));
        if (result) {
            root.kind = Value::Kind::table;
            add_members(root, result.table());
            return is_readable;
        }
        const auto& error = result.error();
        const auto number = error.source().begin.line;
        const Line at = line_at(text, number);
        const std::string line = text.substr(at.start, at.length);
        auto said = say(error.description());
        // At the end of the file toml++ is one further.
        Location where{number, std::min(error.source().begin.column, width(line) + 1), 1};
        if (said.is_bare) where = whole_word(line, number, where.column);
        // Inside braces the key is not the line's first.
        if (said.is_duplicate && !line.contains('{')) where = whole_key(line, number);
        diagnostics.add({Severity::error, where, std::move(said.what), std::move(said.hint)});

        const bool is_local = said.is_duplicate
                                  ? !line.contains('[') && static_cast<bool>(toml::parse(std::string_view(line)))
                                  : is_wrong_alone(line, error.description());
        if (!said.is_duplicate) is_readable = false;
        if (!is_local || mistakes + 1 == most_mistakes) return false;
        std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at.start), at.length, ' ');
    }
}

}  // namespace cais::config
