// Redirects: where an answer sends its client, and what goes with it: RFC 9110 §15.4, and what every client does of it.
//
// | status   | method of the next request                       | content                     |
// | -------- | ------------------------------------------------ | --------------------------- |
// | 301, 302 | GET instead of POST, else the same (§15.4.2)     | kept where the method is    |
// | 303      | GET instead of anything but HEAD (§15.4.4)       | dropped                     |
// | 307, 308 | the same (§15.4.8, §15.4.9)                      | kept                        |
//
// Credentials (Authorization, Cookie, those of a URL) stay with the origin that they were meant for; http and https are
// all that is gone to.
#pragma once
#include "client/target.h"
#include "http/status.h"

#include <optional>
#include <string>
#include <string_view>

namespace cais::client {

struct Redirect {
    Target target;
    std::string method;
    bool keeps_content = true;
    bool is_same_origin = true;
};

// Whether the answer says to ask elsewhere. It needs a Location, too.
[[nodiscard]] bool is_redirect(http::Status status) noexcept;

// `is_forced`: the method was chosen by the user himself and stays as it is (curl's -X); content goes as without.
// Errors    malformed: Location is no reference; unsupported: it leads to another scheme.
[[nodiscard]] Result<Redirect> redirect(http::Status status, std::string_view location, const Target& from,
                                        std::string_view method, bool is_forced = false);

// Whether a field of the request belongs to whom it was meant for, and goes nowhere else.
[[nodiscard]] bool is_credential(std::string_view field_name) noexcept;
// Whether a field describes content, and goes where that goes.
[[nodiscard]] bool describes_content(std::string_view field_name) noexcept;

}  // namespace cais::client
