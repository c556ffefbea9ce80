// Which of a page's forms a request gets (RFC 9110 §12.5.3, §12.5.4).
#pragma once
#include "http/request.h"
#include "modules/files/catalogue.h"

namespace cais::files {

// By Accept-Language; where it names none of them the first, which is the page itself where that is there.
[[nodiscard]] Alternative& choose_language(const http::Request& request, Page& page);

struct CodingChoice {
    http::ContentCoding coding = http::ContentCoding::identity;
    bool is_needed = false;  // identity was refused: then even little content is coded
};

// By Accept-Encoding. What lies there coded costs nothing and is preferred to what we would make; among the latter what
// comes out smaller is first.
[[nodiscard]] CodingChoice choose_coding(const http::Request& request, const Alternative& alternative);

}  // namespace cais::files
