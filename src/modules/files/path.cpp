#include "modules/files/path.h"

#include "http/list.h"
#include "http/negotiation.h"

namespace cais::files {

bool is_visible_path(std::string_view path) noexcept
{
    for (;;) {
        const std::size_t end = path.find('/');
        const std::string_view segment = path.substr(0, end);
        if (segment.starts_with('.') && segment != ".well-known") return false;
        if (end == std::string_view::npos) return true;
        if (segment.empty()) return false;
        path.remove_prefix(end + 1);
    }
}

bool fallback_varies_by_accept(std::string_view path) noexcept
{
    const std::string_view name = path.substr(path.rfind('/') + 1);
    return name.contains('.') && !name.ends_with(".html");
}

bool wants_fallback(const http::Request& request)
{
    if (!fallback_varies_by_accept(request.target.path)) return true;
    if (!request.fields.has(http::Name::accept)) return false;
    bool names_html = false;  // what takes anything does not say that it wants a page
    http::for_each_member(request.fields.all(http::Name::accept), [&](std::string_view member) {
        names_html =
            names_html || base::equals_ignoring_case(base::trim(member.substr(0, member.find(';'))), "text/html");
    });
    return names_html &&
           http::Accept(request.fields.all(http::Name::accept)).quality_of("text/html; charset=utf-8") > 0;
}

}  // namespace cais::files
