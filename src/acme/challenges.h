// What is answered at /.well-known/acme-challenge/TOKEN while an authority looks (http-01, RFC 8555 §8.3). Written by
// the one task that gets certificates, read by every loop.
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace cais::acme {

// What the path of a request must begin with to be meant for this.
inline constexpr std::string_view challenge_path = "/.well-known/acme-challenge/";

class Challenges {
public:
    // Any thread.
    void put(std::string token, std::string key_authorization);
    void remove(std::string_view token);

    // What to answer to a request for challenge_path and this token: 200, application/octet-stream; for GET and HEAD,
    // on every site, in the clear. Empty: it is none of ours, and goes the way of any other. Any thread. Cost: where no
    // challenge is under way a load; else a lock.
    [[nodiscard]] std::optional<std::string> find(std::string_view token) const
    {
        if (count_.load(std::memory_order_acquire) == 0) return std::nullopt;
        return look_up(token);
    }

private:
    [[nodiscard]] std::optional<std::string> look_up(std::string_view token) const;

    std::atomic<std::size_t> count_{0};
    mutable std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> answers_;
};

}  // namespace cais::acme
