#include "server/path_pattern.h"

#include "base/text.h"

#include <algorithm>

namespace cais::server {
namespace {

bool has_dot_segment(std::string_view path)
{
    for (std::size_t start = 1; start <= path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        const auto segment = path.substr(start, end - start);
        if (segment == "." || segment == "..") return true;
        start = end + 1;
    }
    return false;
}

bool has_escape(std::string_view path)
{
    for (std::size_t at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1))
        if (path.size() - at >= 3 && base::hex_value(path[at + 1]) >= 0 && base::hex_value(path[at + 2]) >= 0)
            return true;
    return false;
}

}  // namespace

Result<PathPattern> PathPattern::parse(std::string_view text)
{
    if (!text.starts_with('/')) return fail(Error::malformed, "a path begins with a slash");
    if (has_escape(text)) return fail(Error::malformed, "a path is written as it is after decoding: without escapes");
    if (text.find_first_of("?#") != std::string_view::npos)
        return fail(Error::malformed, "a path has no query and no fragment");
    if (!base::is_utf8(text)) return fail(Error::malformed, "a path is UTF-8");

    PathPattern pattern;
    const std::size_t star = text.find('*');
    if (star == std::string_view::npos) {
        pattern.kind = text.ends_with('/') ? Kind::prefix : Kind::exact;
        pattern.literal = text;
        return pattern;
    }
    const auto suffix = text.substr(star + 1);
    if (text[star - 1] != '/') return fail(Error::malformed, "`*` stands for a whole path below a folder: /app/*.php");
    if (suffix.empty())
        return fail(Error::malformed,
                    "`*` needs what a path ends with; all below a folder is its path with a slash: /app/");
    if (suffix.contains('*')) return fail(Error::malformed, "a path has one `*`");
    if (suffix.contains('/')) return fail(Error::malformed, "what follows `*` is the end of a name: it has no slash");
    pattern.kind = Kind::suffix;
    pattern.literal = text.substr(0, star);
    pattern.suffix = suffix;
    return pattern;
}

std::string_view PathPattern::never_matches() const noexcept
{
    if (literal.contains("//")) return "a request with an empty segment (`//`) is answered with 404";
    if (has_dot_segment(literal)) return "a request with a segment `.` or `..` is refused";
    for (const char c : literal + suffix)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            return "a request with a control character in its path is refused";
    return {};
}

std::string PathPattern::text() const { return kind == Kind::suffix ? literal + "*" + suffix : literal; }

std::weak_ordering PathPattern::precedence(const PathPattern& other) const noexcept
{
    if (const auto order = weight() <=> other.weight(); order != 0) return order;
    if (const auto order = kind <=> other.kind; order != 0) return order;
    return suffix.size() <=> other.suffix.size();
}

}  // namespace cais::server
