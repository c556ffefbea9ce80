// One part of a URL set anew, as a script sets it in a browser (WHATWG URL §6.1): what is no such part changes nothing,
// what another scheme does not allow neither.
#pragma once
#include "uri/url.h"

#include <string_view>

namespace cais::uri {

enum class UrlPart : unsigned char { protocol, username, password, host, hostname, port, pathname, search, hash };

// `value` as a browser takes it: a "?" before a search and a "#" before a hash may be there or not.
void set_part(Url& url, UrlPart part, std::string_view value);

}  // namespace cais::uri
