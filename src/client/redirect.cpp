#include "client/redirect.h"

#include "http/field_name.h"

namespace cais::client {

using http::Name;
using http::Status;

bool is_redirect(http::Status status) noexcept
{
    return status == Status::moved_permanently || status == Status::found || status == Status::see_other ||
           status == Status::temporary_redirect || status == Status::permanent_redirect;
}

Result<Redirect> redirect(http::Status status, std::string_view location, const Target& from, std::string_view method,
                          bool is_forced)
{
    auto target = from.follow(location);
    if (!target) return std::unexpected(target.error());
    Redirect next{std::move(*target), std::string(method)};
    const bool is_old = status == Status::moved_permanently || status == Status::found;
    const bool becomes_get = (is_old && method == "POST") || (status == Status::see_other && method != "HEAD");
    if (becomes_get) {
        next.keeps_content = false;
        if (!is_forced) next.method = "GET";
    }
    next.is_same_origin = next.target.origin() == from.origin();
    return next;
}

bool is_credential(std::string_view field_name) noexcept
{
    const Name name = http::name_of(field_name);
    return name == Name::authorization || name == Name::cookie || name == Name::proxy_authorization;
}

bool describes_content(std::string_view field_name) noexcept
{
    switch (http::name_of(field_name)) {
    case Name::content_type:
    case Name::content_length:
    case Name::content_encoding:
    case Name::content_language:
    case Name::content_location:
    case Name::content_digest:
    case Name::content_range:
    case Name::content_disposition:
    case Name::transfer_encoding:
    case Name::expect: return true;
    default: return false;
    }
}

}  // namespace cais::client
