#include "modules/auth/basic.h"

#include "base/base64.h"
#include "modules/auth/credentials.h"
#include "modules/auth/password.h"
#include "modules/auth/users.h"

namespace cais::auth {

Result<Basic> parse_basic(std::string_view token)
{
    constexpr const char* source = "RFC 7617 §2";
    auto decoded = base::from_base64(token);
    if (!decoded) return fail(Error::malformed, "the Basic credentials are no base 64 with its padding", source);
    const Secret text(std::move(*decoded));
    const auto colon = text.view().find(':');
    if (colon == std::string_view::npos) return fail(Error::malformed, "the Basic credentials have no colon", source);
    Basic basic;
    basic.name = text.view().substr(0, colon);
    basic.password = Secret(std::string(text.view().substr(colon + 1)));
    basic.is_possible = wrong_with_name(basic.name).empty() && wrong_with_password(basic.password.view()).empty();
    return basic;
}

std::string basic_challenge(std::string_view realm) { return "Basic realm=" + quoted(realm) + ", charset=\"UTF-8\""; }

}  // namespace cais::auth
