// Table: a table of a configuration file while it is read into a type.
//
//   Config Config::read(config::Table& table)
//   {
//       Config config;
//       config.root = table.path("root").value_or("");
//       config.listing = table.flag("listing", config.listing);
//       if (!table.has("root")) table.error_here("`files` wants a `root`");
//       return config;
//   }
//
// Each call says that the key may be there. A wrong value becomes a diagnostic at its place, the caller gets the
// fallback and goes on, so that every mistake is told at once; nothing here throws or ends the reading. What nobody
// asked for is an error with a suggestion (Document::report_unknown).
//
// A Table is a handle: cheap to copy, as long as its Document.
#pragma once
#include "base/clock.h"
#include "config/diagnostics.h"
#include "config/value.h"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cais::config {

class Document;

class Table {
public:
    using Kind = Value::Kind;

    // How the keys of a table that is opened by `table()` may be written shorter.
    struct Shorter {
        std::string_view key = {};   // text, a number or a list alone is this key's value: `files = "/srv"`
        bool true_is_empty = false;  // `true` is the table without keys, `false` none: `cors = true`
    };

    Table(Document& document, Value& table, std::string_view name = {});

    // Whether it is there, and as what; none where it is not. The key is known from then on.
    [[nodiscard]] bool has(std::string_view key);
    [[nodiscard]] Kind kind(std::string_view key);

    // Text; empty where it is not there, or is something else (an error). It holds no NUL.
    [[nodiscard]] std::optional<std::string> text(std::string_view key);
    // One text or a list of them. An empty list and an empty text are errors, and so is what is no text: in the place
    // of either stands an empty one, so that the others keep their numbers.
    [[nodiscard]] std::vector<std::string> texts(std::string_view key);
    // A path, or a list of them, as to be opened: relative ones are below the folder of the file.
    [[nodiscard]] std::optional<std::string> path(std::string_view key);
    [[nodiscard]] std::vector<std::string> paths(std::string_view key);
    // `env:NAME` is the variable's value, `file:PATH` the file's content without its last line end (a warning where
    // others may read the file); all else stands for itself. No diagnostic shows it.
    [[nodiscard]] std::optional<std::string> secret(std::string_view key);

    [[nodiscard]] bool flag(std::string_view key, bool fallback);
    [[nodiscard]] std::uint64_t number(std::string_view key, std::uint64_t least, std::uint64_t most,
                                       std::uint64_t fallback);
    // "64KiB", "30s" (quantity.h). A duration is longer than nothing.
    [[nodiscard]] std::uint64_t size(std::string_view key, std::uint64_t fallback);
    [[nodiscard]] base::Duration duration(std::string_view key, base::Duration fallback);
    // One of some words: its place among them.
    [[nodiscard]] std::optional<std::size_t> choice(std::string_view key, std::span<const std::string_view> words);

    // A table; empty where there is none (an error where something else is there).
    [[nodiscard]] std::optional<Table> table(std::string_view key);
    [[nodiscard]] std::optional<Table> table(std::string_view key, Shorter shorter);
    // A list of tables, also as [[key]]; one table alone is a list of one.
    [[nodiscard]] std::vector<Table> tables(std::string_view key);
    // All keys in the order of the file, for tables whose keys are names of the user's. All are known from then on.
    [[nodiscard]] std::vector<std::string> keys();

    // Says what is wrong: at the value, at an item of it where it is a list (the whole where it is none), at the key,
    // or at the table as a whole.
    void error(std::string_view key, std::string what, std::string hint = {});
    void error(std::string_view key, std::size_t item, std::string what, std::string hint = {});
    void error_at_key(std::string_view key, std::string what, std::string hint = {});
    void error_here(std::string what, std::string hint = {});
    void warning(std::string_view key, std::string what, std::string hint = {});
    // For what is found out later.
    void error(Location where, std::string what, std::string hint = {});
    void warning(Location where, std::string what, std::string hint = {});

    // Where the table stands (its header or its braces), a key of it, a key's value, an item of that.
    [[nodiscard]] Location where() const;
    [[nodiscard]] Location where_key(std::string_view key) const;
    [[nodiscard]] Location where(std::string_view key) const;
    [[nodiscard]] Location where(std::string_view key, std::size_t item) const;

    // Its keys are described there, and those of its tables. Static storage.
    void described_in(std::string_view page);

    // The key that it stands at; empty for the file itself.
    [[nodiscard]] const std::string& name() const noexcept { return value_->name; }
    [[nodiscard]] Document& document() const noexcept { return *document_; }

private:
    [[nodiscard]] Value* find(std::string_view key);
    [[nodiscard]] const Value* member(std::string_view key) const;
    void wants(std::string_view key, const Value& got, std::string_view wanted);
    [[nodiscard]] bool is_text(std::string_view key, const Value& value, std::string_view wanted);
    void say(Severity severity, Location where, std::string what, std::string hint);
    [[nodiscard]] std::optional<Table> open(std::string_view key, Value& value);

    Document* document_;
    Value* value_;
};

// "a whole number", "text", …: what a value is, for a sentence.
[[nodiscard]] std::string_view describe(Value::Kind kind);

}  // namespace cais::config
