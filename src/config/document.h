// Document: a file of TOML, read and taken apart, and the diagnostics about it.
// TOML 1.0 through toml++, which no header of ours shows; built without exceptions.
#pragma once
#include "config/diagnostics.h"
#include "config/table.h"
#include "config/value.h"

#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace cais::config {

class Document {
public:
    static constexpr std::size_t most_octets = std::size_t{4} << 20;

    // Reads the file. What cannot be read, or is no TOML, is a diagnostic, and the document is empty.
    // `page` is where the keys of the file are described; static storage.
    [[nodiscard]] static std::unique_ptr<Document> read(const std::string& file, std::string_view page = {});
    // The same of a text; relative paths in it are below `folder`.
    [[nodiscard]] static std::unique_ptr<Document> of(std::string file, std::string text, std::string_view page = {},
                                                      std::string folder = {});

    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;
    ~Document() = default;

    // False: it is no TOML, and to read it would only find what follows from that.
    [[nodiscard]] bool is_readable() const noexcept { return is_readable_; }
    [[nodiscard]] Table root();
    [[nodiscard]] Diagnostics& diagnostics() noexcept { return diagnostics_; }
    [[nodiscard]] const Diagnostics& diagnostics() const noexcept { return diagnostics_; }

    // After all has been read: a key that nobody asked for, in a table that somebody read, is an error.
    void report_unknown();

    // The folder that relative paths begin in: that of the file. Empty: the current one.
    [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
    // `path` as it is to be opened.
    [[nodiscard]] std::string resolve(std::string_view path) const;

    // A table that stands for a shorter form: `files = "/srv"` for `files = { root = "/srv" }`. As long as the
    // document.
    [[nodiscard]] Value& make(Value value);

private:
    Document(std::string file, std::string text, std::string folder);
    void parse();
    void report_unknown(Value& table);

    Diagnostics diagnostics_;
    std::string folder_;
    Value root_;
    std::deque<Value> made_;
    bool is_readable_ = true;
};

}  // namespace cais::config
