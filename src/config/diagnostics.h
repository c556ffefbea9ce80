// Diagnostics: what is wrong in a file that a person wrote, each at its place, all of them at once.
//
//   site.toml:14:43: error: unknown key `timout` in `proxy`
//      14 |   proxy = { to = "http://127.0.0.1:9000", timout = "30s" }
//         |                                           ^^^^^^ did you mean `timeout`? (docs/modules/proxy.md)
//
// Not thread-safe; for the time of reading, and then to print.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cais::config {

// A stretch of one line; lines and columns count from 1, columns in characters, not octets.
struct Location {
    std::uint32_t line = 0;  // 0: the file as a whole
    std::uint32_t column = 0;
    std::uint32_t length = 0;
    bool operator==(const Location&) const = default;
};

enum class Severity : std::uint8_t { warning, error };

struct Diagnostic {
    Severity severity = Severity::error;
    Location where = {};
    std::string what;            // "unknown key `timout` in `proxy`"
    std::string hint = {};       // "did you mean `timeout`?"; may be empty
    std::string_view page = {};  // where to read more; static storage, may be empty
};

enum class Colour : std::uint8_t { off, on };

class Diagnostics {
public:
    // So many are kept; the rest is counted.
    static constexpr std::size_t most = 100;

    // `file` as the person named it; `text` is what is in it.
    Diagnostics(std::string file, std::string text);

    void add(Diagnostic diagnostic);
    void error(Location where, std::string what, std::string hint = {});
    void warning(Location where, std::string what, std::string hint = {});

    // What stands there is a secret: no excerpt shows it.
    void hide(Location where);

    [[nodiscard]] std::size_t errors() const noexcept { return errors_; }
    [[nodiscard]] std::size_t warnings() const noexcept { return warnings_; }
    [[nodiscard]] bool has_errors() const noexcept { return errors_ > 0; }

    // All of them in the order of the file, in the form above; empty where there is none. A page is named once, at the
    // first that it is about.
    [[nodiscard]] std::string text(Colour colour = Colour::off) const;
    // One line each, `file:line:column: error: what`, without excerpt: for a log.
    [[nodiscard]] std::vector<std::string> lines() const;

    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    [[nodiscard]] const std::string& source() const noexcept { return source_; }

private:
    [[nodiscard]] std::vector<const Diagnostic*> sorted() const;
    [[nodiscard]] std::string head(const Diagnostic& diagnostic) const;
    void append_excerpt(std::string& to, const Diagnostic& diagnostic, Colour colour, bool names_page) const;
    [[nodiscard]] bool is_hidden(std::uint32_t line, std::uint32_t column) const;

    std::string file_;
    std::string source_;
    std::vector<std::size_t> line_starts_;
    std::vector<Diagnostic> all_;
    std::vector<Location> hidden_;
    std::size_t errors_ = 0;
    std::size_t warnings_ = 0;
};

// Of `word`'s spelling the nearest of `candidates` (a slip or two: letters swapped, missing, added, wrong); empty where
// none is near.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string>& candidates [[clang::lifetimebound]]);

}  // namespace cais::config
