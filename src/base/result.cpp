#include "base/result.h"

#include <system_error>

namespace cais::base {

Error::Kind kind_of_errno(int number) noexcept
{
    switch (number) {
    case ENOENT:
    case ENOTDIR: return Error::not_found;
    case EACCES:
    case EPERM:
    case ELOOP:
    case EXDEV: return Error::denied;
    case EEXIST:
    case ENOTEMPTY: return Error::exists;
    case EADDRINUSE:
    case EBUSY: return Error::busy;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case ENOSPC:
    case EDQUOT: return Error::exhausted;
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
    case ENOTCONN: return Error::ended;
    case ETIMEDOUT: return Error::timed_out;
    case ENAMETOOLONG: return Error::too_large;
    default: return Error::failed;
    }
}

std::unexpected<Error> fail_errno(const char* what, int number)
{
    return std::unexpected(Error{kind_of_errno(number), number, what, ""});
}

std::string describe(const Error& error)
{
    std::string text = error.what;
    if (error.number != 0) text += ": " + std::generic_category().message(error.number);
    if (*error.source != '\0') text += std::string(" (") + error.source + ")";
    return text;
}

}  // namespace cais::base
