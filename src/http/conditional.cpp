#include "http/conditional.h"

#include "http/date.h"

namespace cais::http {
namespace {

// Whether the representation is no newer than the date that this field gives; empty where that cannot be asked: the
// field is not there once, is no date, or the representation has none.
std::optional<bool> unmodified_since(const Fields& fields, Name name, const Validators& current)
{
    const auto value = fields.one(name);
    if (!value || !current.exists || !current.last_modified) return std::nullopt;
    const auto date = parse_date(*value, std::chrono::floor<std::chrono::seconds>(base::wall_now()));
    if (!date) return std::nullopt;
    return *current.last_modified <= *date;
}

// §13.1.1 and §13.1.2 ask the same question; If-Match wants it true, If-None-Match wants it false.
Result<bool> matches(const Fields& fields, Name name, const Validators& current, Comparison comparison)
{
    const auto listed = find_tag(current.exists ? current.tag : std::nullopt, fields.all(name), comparison);
    if (!listed) return std::unexpected(listed.error());
    return *listed == Listed::any ? current.exists : *listed == Listed::yes;
}

}  // namespace

Result<Precondition> evaluate(Method method, const Fields& fields, const Validators& current)
{
    if (method == Method::connect || method == Method::options || method == Method::trace) return Precondition::holds;
    const bool reads = method == Method::get || method == Method::head;

    // 1, 2. Is it still what the client knows? If-Unmodified-Since counts only without If-Match.
    if (fields.has(Name::if_match)) {
        const auto matched = matches(fields, Name::if_match, current, Comparison::strong);
        if (!matched) return std::unexpected(matched.error());
        if (!*matched) return Precondition::failed;
    } else if (fields.has(Name::if_unmodified_since)) {
        if (!unmodified_since(fields, Name::if_unmodified_since, current).value_or(true)) return Precondition::failed;
    }

    // 3, 4. Is it something that the client does not have yet? If-Modified-Since counts only without If-None-Match.
    if (fields.has(Name::if_none_match)) {
        const auto matched = matches(fields, Name::if_none_match, current, Comparison::weak);
        if (!matched) return std::unexpected(matched.error());
        if (*matched) return reads ? Precondition::not_modified : Precondition::failed;
    } else if (reads && fields.has(Name::if_modified_since)) {
        if (unmodified_since(fields, Name::if_modified_since, current).value_or(false))
            return Precondition::not_modified;
    }

    // 5, 6. If-Range and Range: ranges.h.
    return Precondition::holds;
}

}  // namespace cais::http
