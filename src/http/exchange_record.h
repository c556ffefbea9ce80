// What is known of an exchange when it has ended.
#pragma once
#include "base/clock.h"

#include <cstdint>
#include <string_view>

namespace cais::http {

struct ExchangeRecord {
    base::WallTime started{};
    base::Duration duration{};
    std::string_view peer;  // the address as text, without the port
    std::string_view user;
    std::string_view method;
    std::string_view target;  // as it was sent
    std::string_view version;
    std::string_view host;
    std::string_view referer;
    std::string_view user_agent;
    std::uint16_t status = 0;
    std::uint64_t content_bytes_sent = 0;
    std::uint64_t content_bytes_received = 0;
    bool complete = true;  // false: it was cut before its end
};

}  // namespace cais::http
