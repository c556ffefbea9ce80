#include "http/list.h"

namespace cais::http {

bool next_member(std::string_view& rest, std::string_view& member) noexcept
{
    while (!rest.empty()) {
        bool quoted = false;
        std::size_t end = 0;
        for (; end < rest.size(); ++end) {
            const char c = rest[end];
            if (quoted && c == '\\') ++end;
            else if (c == '"') quoted = !quoted;
            else if (c == ',' && !quoted) break;
        }
        if (end > rest.size()) end = rest.size();  // a backslash was the last octet
        member = base::trim(rest.substr(0, end));
        rest.remove_prefix(end < rest.size() ? end + 1 : end);
        if (!member.empty()) return true;
    }
    return false;
}

bool has_member(const Fields::Values& values, std::string_view token) noexcept
{
    for (std::string_view rest : values)
        for (std::string_view member; next_member(rest, member);)
            if (base::equals_ignoring_case(member, token)) return true;
    return false;
}

}  // namespace cais::http
