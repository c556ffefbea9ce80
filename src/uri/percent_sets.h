// The percent-encode sets of the URL standard (WHATWG URL, §1.3), each turned round: what stands for itself. A "%"
// always does, so that what is encoded already stays as it is.
#pragma once
#include "base/text.h"

namespace cais::uri {

inline constexpr auto plain_in_opaque = base::OctetSet("").with(0x20, 0x7E);  // the C0 control set
inline constexpr auto plain_in_fragment = plain_in_opaque.without(" \"<>`");
inline constexpr auto plain_in_query = plain_in_opaque.without(" \"#<>");
inline constexpr auto plain_in_special_query = plain_in_query.without("'");
inline constexpr auto plain_in_path = plain_in_query.without("?^`{}");
inline constexpr auto plain_in_userinfo = plain_in_path.without("/:;=@[\\]|");

}  // namespace cais::uri
