// What a configuration says about automatic certificates: its table `acme`.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace cais::acme {

// What an authority gave to tell who its customers are (RFC 8555 §7.3.4).
struct ExternalAccount {
    std::string id;
    std::string key;  // base64url, as authorities hand it out

    bool operator==(const ExternalAccount&) const = default;
};

struct AuthoritySettings {
    std::string directory;  // its URL
    std::optional<ExternalAccount> account = {};

    bool operator==(const AuthoritySettings&) const = default;
};

struct Settings {
    std::string email = {};  // the authority writes there when something is wrong; may be empty
    std::vector<AuthoritySettings> authorities = {};  // tried in order
    std::optional<std::string> ca =
        {};                    // PEM: who is believed for the directories' own HTTPS; empty: the system's store
    std::string profile = {};  // a name from the directory; empty: what the authority thinks best
    std::vector<std::string> dns = {};  // the program that makes DNS records, and arguments before ours; empty: none

    bool operator==(const Settings&) const = default;
};

}  // namespace cais::acme
