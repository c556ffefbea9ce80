#include "client/public_suffixes.h"

#include <libpsl.h>
#include <string>

namespace cais::client {
namespace {

const psl_ctx_t* list()
{
    // As long as the program: what is read is read once, and asked from any thread.
    static const psl_ctx_t* const newest = ::psl_latest(nullptr);
    return newest != nullptr ? newest : ::psl_builtin();
}

}  // namespace

bool is_public_suffix(std::string_view domain)
{
    if (!domain.contains('.')) return true;
    const psl_ctx_t* const suffixes = list();
    if (suffixes == nullptr) return false;  // a library that was built without a list, on a system without one
    return ::psl_is_public_suffix(suffixes, std::string(domain).c_str()) != 0;
}

}  // namespace cais::client
