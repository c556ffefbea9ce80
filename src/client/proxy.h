// Which proxy stands between us and an origin: named outright, or by the environment as everybody has it.
//
// | variable                    | is for                                                                            |
// | --------------------------- | --------------------------------------------------------------------------------- |
// | http_proxy                  | http; in lower case alone, since a CGI script's HTTP_PROXY is the field Proxy of   |
// |                             | whoever asks it (CVE-2016-5385)                                                   |
// | https_proxy, HTTPS_PROXY    | https                                                                             |
// | all_proxy, ALL_PROXY        | both, where the others say nothing                                                |
// | no_proxy, NO_PROXY          | hosts that are asked without one                                                  |
//
// The form in lower case counts where both are there; an empty one is none.
#pragma once
#include "client/origin.h"

#include <optional>
#include <string>
#include <string_view>

namespace cais::client {

// [http://|https://][user[:password]@]host[:port]; the port is 1080 where none is said, 443 after https://.
// Errors    malformed; unsupported: another scheme, such as socks5.
[[nodiscard]] Result<Proxy> parse_proxy(std::string_view text, std::string_view from);

// Whether `host` is in a list as NO_PROXY has it: names, which stand for what is below them, too; addresses and
// networks ("10.0.0.0/8"); "*" for all of them; with commas or spaces between.
[[nodiscard]] bool is_in_no_proxy(std::string_view list, std::string_view host);

struct ProxyChoice {
    std::optional<std::string> proxy = {};     // instead of the environment; empty text: none
    std::optional<std::string> no_proxy = {};  // instead of the environment's
};

// Empty: none.
// Errors    as parse_proxy's.
[[nodiscard]] Result<std::optional<Proxy>> choose_proxy(const Origin& origin, const ProxyChoice& choice);

}  // namespace cais::client
