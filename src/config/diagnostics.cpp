#include "config/diagnostics.h"

#include "base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>
#include <utility>

namespace cais::config {
namespace {

constexpr std::size_t excerpt_width = 110;  // characters of a line that are shown

// The characters of `line`, each as its octets. What is no UTF-8 is one octet a character.
std::vector<std::string_view> characters(std::string_view line)
{
    std::vector<std::string_view> all;
    while (!line.empty()) {
        std::size_t length = 1;
        while (length < line.size() && length < 4 && (static_cast<unsigned char>(line[length]) & 0xC0) == 0x80)
            ++length;
        if (!base::is_utf8(line.substr(0, length))) length = 1;
        all.push_back(line.substr(0, length));
        line.remove_prefix(length);
    }
    return all;
}

// As it may stand on a terminal, one column wide: a tab or another control is a space, a broken octet a question mark.
std::string_view shown(std::string_view character)
{
    const auto first = static_cast<unsigned char>(character[0]);
    if (first < 0x20 || first == 0x7F) return " ";
    if (character.size() == 1) return first < 0x80 ? character : "?";
    if (first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0) return " ";  // C1 controls
    // What turns the direction of writing would show another line than is there.
    if (character.starts_with("\xE2\x80") || character.starts_with("\xE2\x81")) return "?";
    return character;
}

// The same in a sentence that repeats what stands in the file.
std::string printable(std::string_view text)
{
    std::string clean;
    for (const auto character : characters(text)) clean += shown(character);
    return clean;
}

// The number of letters to change, add, take away or swap with their neighbour, each at most once.
std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> now(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool is_same = base::to_lower(a[i - 1]) == base::to_lower(b[j - 1]);
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (is_same ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = std::min(now[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(now);
    }
    return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string>& candidates)
{
    std::string_view best;
    std::size_t fewest = SIZE_MAX;
    if (word.size() > 64) return best;
    for (const auto& candidate : candidates) {
        const std::size_t allowed = std::max<std::size_t>(1, std::max(word.size(), candidate.size()) / 3);
        const std::size_t changes = distance(word, candidate);
        if (changes > allowed || changes >= fewest || changes >= candidate.size()) continue;
        fewest = changes;
        best = candidate;
    }
    if (!best.empty() || word.size() < 3) return best;
    // One letter left out at the end of each syllable is no slip, but a plural or a short form is: `host` for `hosts`.
    for (const auto& candidate : candidates)
        if (candidate.starts_with(word) || word.starts_with(candidate)) return candidate;
    return best;
}

Diagnostics::Diagnostics(std::string file, std::string text)
    : file_(std::move(file))
    , source_(std::move(text))
{
    line_starts_.push_back(0);
    for (std::size_t i = 0; i < source_.size(); ++i)
        if (source_[i] == '\n') line_starts_.push_back(i + 1);
}

void Diagnostics::add(Diagnostic diagnostic)
{
    ++(diagnostic.severity == Severity::error ? errors_ : warnings_);
    if (all_.size() == most) return;
    diagnostic.what = printable(diagnostic.what);
    diagnostic.hint = printable(diagnostic.hint);
    all_.push_back(std::move(diagnostic));
}

void Diagnostics::error(Location where, std::string what, std::string hint)
{
    add({Severity::error, where, std::move(what), std::move(hint)});
}

void Diagnostics::warning(Location where, std::string what, std::string hint)
{
    add({Severity::warning, where, std::move(what), std::move(hint)});
}

void Diagnostics::hide(Location where) { hidden_.push_back(where); }

bool Diagnostics::is_hidden(std::uint32_t line, std::uint32_t column) const
{
    return std::ranges::any_of(hidden_, [&](const Location& secret) {
        return secret.line == line && column >= secret.column && column - secret.column < secret.length;
    });
}

std::vector<const Diagnostic*> Diagnostics::sorted() const
{
    std::vector<const Diagnostic*> order;
    order.reserve(all_.size());
    for (const auto& diagnostic : all_) order.push_back(&diagnostic);
    // At one place as they were found, which is as they lie in all_.
    std::ranges::sort(order, {}, [](const Diagnostic* d) { return std::tuple(d->where.line, d->where.column, d); });
    return order;
}

std::string Diagnostics::head(const Diagnostic& diagnostic) const
{
    std::string text;
    base::append_printable(text, file_);
    if (diagnostic.where.line > 0) text += fmt::format(":{}:{}", diagnostic.where.line, diagnostic.where.column);
    return text;
}

std::vector<std::string> Diagnostics::lines() const
{
    std::vector<std::string> all;
    for (const Diagnostic* diagnostic : sorted())
        all.push_back(fmt::format("{}: {}: {}", head(*diagnostic),
                                  diagnostic->severity == Severity::error ? "error" : "warning", diagnostic->what));
    return all;
}

std::string Diagnostics::text(Colour colour) const
{
    const bool is_coloured = colour == Colour::on;
    std::string text;
    std::vector<std::string_view> pages;
    for (const Diagnostic* diagnostic : sorted()) {
        const bool is_error = diagnostic->severity == Severity::error;
        if (is_coloured) text += "\x1b[1m";
        (text += head(*diagnostic)) += ": ";
        if (is_coloured) text += is_error ? "\x1b[31m" : "\x1b[33m";
        text += is_error ? "error:" : "warning:";
        if (is_coloured) text += "\x1b[0m";
        ((text += ' ') += diagnostic->what) += '\n';
        const bool is_first_of_page =
            !diagnostic->page.empty() && std::ranges::find(pages, diagnostic->page) == pages.end();
        if (is_first_of_page) pages.push_back(diagnostic->page);
        append_excerpt(text, *diagnostic, colour, is_first_of_page);
    }
    const std::size_t left = errors_ + warnings_ - all_.size();
    if (left > 0) text += fmt::format("and {} more\n", left);
    return text;
}

void Diagnostics::append_excerpt(std::string& to, const Diagnostic& diagnostic, Colour colour, bool names_page) const
{
    std::string hint = diagnostic.hint;
    if (names_page) hint += fmt::format("{}({})", hint.empty() ? "" : " ", diagnostic.page);
    const Location& where = diagnostic.where;
    if (where.line == 0 || where.line > line_starts_.size()) {
        if (!hint.empty()) to += "  " + hint + "\n";
        return;
    }
    const std::size_t start = line_starts_[where.line - 1];
    std::string_view line = std::string_view(source_).substr(start);
    line = line.substr(0, line.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);

    // Of a long line the part around the place.
    const auto all = characters(line);
    const std::size_t at = std::min<std::size_t>(where.column > 0 ? where.column - 1 : 0, all.size());
    std::size_t first = 0;
    if (all.size() > excerpt_width && at > excerpt_width / 2)
        first = std::min(at - excerpt_width / 2, all.size() - excerpt_width);
    const std::size_t last = std::min(all.size(), first + excerpt_width);

    to += fmt::format("{:>5} | ", where.line);
    std::size_t indent = at - first;
    if (first > 0) {
        to += "…";
        ++indent;
    }
    for (std::size_t i = first; i < last; ++i)
        to += is_hidden(where.line, static_cast<std::uint32_t>(i + 1)) ? "*" : shown(all[i]);
    if (last < all.size()) to += "…";
    to += "\n      | ";
    to.append(indent, ' ');
    if (colour == Colour::on) to += "\x1b[32m";
    const std::size_t room = last > at ? last - at : 1;
    to.append(std::clamp<std::size_t>(where.length, 1, room), '^');
    if (colour == Colour::on) to += "\x1b[0m";
    if (!hint.empty()) (to += ' ') += hint;
    to += '\n';
}

}  // namespace cais::config
