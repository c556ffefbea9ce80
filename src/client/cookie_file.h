// Files of cookies as Netscape had them, and curl (-b FILE, -c FILE), wget and others read and write them: a line a
// cookie, seven fields between tabs.
//
//     domain   for hosts below, too   path   over https alone   seconds since 1970, 0: session   name   value
//
// A domain with "#HttpOnly_" before it is HttpOnly; other lines with "#", and empty ones, say nothing. SameSite has no
// place in such a file.
#pragma once
#include "base/clock.h"
#include "client/cookies.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace cais::client {

struct CookieFileRead {
    std::size_t taken = 0;
    std::size_t refused = 0;        // lines that are no cookie, or one that the jar refuses
    std::size_t first_refused = 0;  // its number, from 1; 0: none
};

// Adds what `text` has to the jar; one whose time is over removes the cookie that it names.
// Not done: curl reads lines of "Set-Cookie: …" in such a file, too, and sends them to every host.
CookieFileRead read_cookie_file(CookieJar& jar, std::string_view text, base::Seconds now);

// What the jar has, as such a file. Who writes it down keeps it from others (mode 0600).
// A cookie with a tab in name or path has no form there and is left out.
[[nodiscard]] std::string write_cookie_file(const CookieJar& jar, base::Seconds now);

}  // namespace cais::client
