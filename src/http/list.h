// Lists: the members of a field whose value is #element (RFC 9110 §5.6.1), over one line or several.
#pragma once
#include "http/fields.h"

#include <string_view>

namespace cais::http {

// Takes the next member off the front of `rest`, without white space around it; a comma inside a quoted string does not
// end it. Empty members are passed over. False where no member is left.
[[nodiscard]] bool next_member(std::string_view& rest, std::string_view& member) noexcept;

// Calls `see(member)` for each member of every line, in order.
template <class See>
void for_each_member(const Fields::Values& values, See see)
{
    for (std::string_view rest : values)
        for (std::string_view member; next_member(rest, member);) see(member);
}

// Whether one of the members is `token`, in any case: Connection: close, TE: trailers.
[[nodiscard]] bool has_member(const Fields::Values& values, std::string_view token) noexcept;

}  // namespace cais::http
