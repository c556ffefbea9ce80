// Authorization with Basic and Bearer (RFC 9110 §11, RFC 7617, RFC 6750), and a line of the file `users`: any value is
// read or refused, what is read is in bounds, and a line that we write is the line that we read.
#include "modules/auth/basic.h"

#include "base/base64.h"
#include "modules/auth/bearer.h"
#include "modules/auth/certificate.h"
#include "modules/auth/credentials.h"
#include "modules/auth/users.h"

#include <cstdlib>

using namespace cais::auth;

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

void check_credentials(std::string_view text)
{
    const auto credentials = parse_credentials(text);
    if (!credentials) return;
    require(!credentials->scheme.empty() && text.starts_with(credentials->scheme) && text.ends_with(credentials->rest));
    if (const auto token = parse_bearer(credentials->rest)) require(is_token68(credentials->rest));
    const auto basic = parse_basic(credentials->rest);
    if (!basic) return;
    require(!basic->name.contains(':'));
    // One meaning: the same credentials are written the same.
    const std::string both = basic->name + ":" + std::string(basic->password.view());
    require(cais::base::to_base64(both) == credentials->rest);
    if (basic->is_possible) require(wrong_with_name(basic->name).empty() && !basic->password.view().empty());
}

void check_line(std::string_view text)
{
    const auto user = parse_user(text);
    if (!user) return;
    require(user->name == name_in(text));
    const auto line = line_of(*user);
    const auto again = parse_user(line);
    require(again.has_value() && line_of(*again) == line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_credentials(text);
    check_line(text);
    if (const auto name = common_name(text)) require(!name->empty() && !name->contains('\0'));
    const Users users(text, "cais");
    for (const auto& user : users.all()) require(users.find(user.name) == &user);
    return 0;
}
