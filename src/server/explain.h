// What a request would come to, in words: which site, which route, which wrappers in which order, which module, and why
// not the others. It asks the tables that the router asks (router.h), in the router's order, and serves nothing.
#pragma once
#include "server/configuration.h"

#include <expected>
#include <string>
#include <string_view>

namespace cais::server {

struct Explanation {
    std::string text;          // lines, for a terminal
    bool is_answered = false;  // by a module, or by a redirect; not: 404, 405, 421, 501
};

// `url` is "http://" or "https://", a host, and what a client sends of the rest; a fragment is not sent. What a browser
// would escape before it sends (spaces, other scripts) is escaped. `method` is any text.
// Errors    a sentence: it is no such URL, or nothing listens there.
[[nodiscard]] std::expected<Explanation, std::string> explain(const Configuration& configuration,
                                                              std::string_view method, std::string_view url);

}  // namespace cais::server
