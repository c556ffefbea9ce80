// ChallengeAnswers: what a certificate authority asks for over http, to see that a name is ours (RFC 8555 §8.3).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cais::server {

class ChallengeAnswers {
public:
    // The key authorization for `token`; empty where nobody waits for it: then the site answers as for any other path.
    // From any thread, as long as the server runs.
    [[nodiscard]] virtual std::optional<std::string> find(std::string_view token) const = 0;

protected:
    ~ChallengeAnswers() = default;
};

}  // namespace cais::server
