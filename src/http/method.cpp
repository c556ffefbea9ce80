#include "http/method.h"

#include <array>
#include <cstring>

namespace cais::http {
namespace {

struct Row {
    Method method;
    std::string_view name;
    bool safe;
    bool idempotent;
    std::string_view source;
};

constexpr auto count = static_cast<std::size_t>(Method::count_);

constexpr bool yes = true, no = false;
// clang-format off
constexpr std::array<Row, count> table = {{
    // method                      name                 safe idempotent source
    {Method::other,             "",                  no,  no,  ""},
    {Method::get,               "GET",               yes, yes, "RFC 9110 §9.3.1"},
    {Method::head,              "HEAD",              yes, yes, "RFC 9110 §9.3.2"},
    {Method::post,              "POST",              no,  no,  "RFC 9110 §9.3.3"},
    {Method::put,               "PUT",               no,  yes, "RFC 9110 §9.3.4"},
    {Method::delete_,           "DELETE",            no,  yes, "RFC 9110 §9.3.5"},
    {Method::connect,           "CONNECT",           no,  no,  "RFC 9110 §9.3.6"},
    {Method::options,           "OPTIONS",           yes, yes, "RFC 9110 §9.3.7"},
    {Method::trace,             "TRACE",             yes, yes, "RFC 9110 §9.3.8"},
    {Method::patch,             "PATCH",             no,  no,  "RFC 5789 §2"},
    {Method::query,             "QUERY",             yes, yes, "draft-ietf-httpbis-safe-method-w-body §2"},
    {Method::propfind,          "PROPFIND",          yes, yes, "RFC 4918 §9.1"},
    {Method::proppatch,         "PROPPATCH",         no,  yes, "RFC 4918 §9.2"},
    {Method::mkcol,             "MKCOL",             no,  yes, "RFC 4918 §9.3"},
    {Method::copy,              "COPY",              no,  yes, "RFC 4918 §9.8"},
    {Method::move,              "MOVE",              no,  yes, "RFC 4918 §9.9"},
    {Method::lock,              "LOCK",              no,  no,  "RFC 4918 §9.10"},
    {Method::unlock,            "UNLOCK",            no,  yes, "RFC 4918 §9.11"},
    {Method::version_control,   "VERSION-CONTROL",   no,  yes, "RFC 3253 §3.5"},
    {Method::report,            "REPORT",            yes, yes, "RFC 3253 §3.6"},
    {Method::checkout,          "CHECKOUT",          no,  yes, "RFC 3253 §4.3"},
    {Method::checkin,           "CHECKIN",           no,  yes, "RFC 3253 §4.4"},
    {Method::uncheckout,        "UNCHECKOUT",        no,  yes, "RFC 3253 §4.5"},
    {Method::mkworkspace,       "MKWORKSPACE",       no,  yes, "RFC 3253 §6.3"},
    {Method::update,            "UPDATE",            no,  yes, "RFC 3253 §7.1"},
    {Method::label,             "LABEL",             no,  yes, "RFC 3253 §8.2"},
    {Method::merge,             "MERGE",             no,  yes, "RFC 3253 §11.2"},
    {Method::baseline_control,  "BASELINE-CONTROL",  no,  yes, "RFC 3253 §12.6"},
    {Method::mkactivity,        "MKACTIVITY",        no,  yes, "RFC 3253 §13.5"},
    {Method::orderpatch,        "ORDERPATCH",        no,  yes, "RFC 3648 §7"},
    {Method::acl,               "ACL",               no,  yes, "RFC 3744 §8.1"},
    {Method::mkredirectref,     "MKREDIRECTREF",     no,  yes, "RFC 4437 §6"},
    {Method::updateredirectref, "UPDATEREDIRECTREF", no,  yes, "RFC 4437 §7"},
    {Method::mkcalendar,        "MKCALENDAR",        no,  yes, "RFC 4791 §5.3.1"},
    {Method::search,            "SEARCH",            yes, yes, "RFC 5323 §2"},
    {Method::bind,              "BIND",              no,  yes, "RFC 5842 §4"},
    {Method::unbind,            "UNBIND",            no,  yes, "RFC 5842 §5"},
    {Method::rebind,            "REBIND",            no,  yes, "RFC 5842 §6"},
    {Method::link,              "LINK",              no,  yes, "RFC 2068 §19.6.1.2"},
    {Method::unlink,            "UNLINK",            no,  yes, "RFC 2068 §19.6.1.3"},
    {Method::pri,               "PRI",               yes, yes, "RFC 9113 §3.4"},
}};
// clang-format on

static_assert(
    [] {
        for (std::size_t i = 0; i < count; ++i)
            if (table[i].method != static_cast<Method>(i)) return false;
        return true;
    }(),
    "the table and the enumeration have come apart");

const Row& row(Method method) noexcept { return table[static_cast<std::size_t>(method)]; }

// Length, first and last letter, and the one in the middle.
constexpr std::size_t slots = 128;
constexpr std::size_t slot_of(std::string_view text)
{
    const auto letter = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(text[i])); };
    return (text.size() * 5 + letter(0) * 3 + letter(text.size() / 2) * 17 + letter(text.size() - 1) * 31) % slots;
}

constexpr auto index = [] {
    std::array<Method, slots> result{};
    for (std::size_t i = 1; i < count; ++i) {
        std::size_t slot = slot_of(table[i].name);
        while (result[slot] != Method::other) slot = (slot + 1) % slots;
        result[slot] = table[i].method;
    }
    return result;
}();

}  // namespace

Method method_of(std::string_view text) noexcept
{
    // Nearly every request, before any hash.
    if (text.size() == 3 && std::memcmp(text.data(), "GET", 3) == 0) [[likely]]
        return Method::get;
    if (text.empty()) return Method::other;
    for (std::size_t slot = slot_of(text); index[slot] != Method::other; slot = (slot + 1) % slots)
        if (row(index[slot]).name == text) return index[slot];
    return Method::other;
}

std::string_view text_of(Method method) noexcept { return row(method).name; }
std::string_view source_of(Method method) noexcept { return row(method).source; }
bool is_safe(Method method) noexcept { return row(method).safe; }
bool is_idempotent(Method method) noexcept { return row(method).idempotent; }

std::string_view MethodSet::text(base::Arena& arena) const
{
    std::size_t length = 0;
    for (const Row& each : table)
        if (each.method != Method::other && has(each.method)) length += each.name.size() + 2;
    if (length == 0) return {};
    auto* const text = static_cast<char*>(arena.allocate(length, 1));
    char* at = text;
    for (const Row& each : table) {
        if (each.method == Method::other || !has(each.method)) continue;
        std::memcpy(at, each.name.data(), each.name.size());
        at += each.name.size();
        *at++ = ',';
        *at++ = ' ';
    }
    return {text, length - 2};
}

}  // namespace cais::http
