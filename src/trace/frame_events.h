// Events of frames: HTTP/2 (RFC 9113 §6), with room for HTTP/3 (RFC 9114 §7).
#pragma once
#include "trace/connection_events.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cais::trace {

struct Setting {
    std::uint64_t number;
    std::uint64_t value;
    std::string_view name = {};  // "MAX_CONCURRENT_STREAMS"; static; empty: one that we do not know
};

// One frame, when all of it was received, or when it was handed down to be sent. What is in HEADERS and CONTINUATION is
// told by RequestHead, ResponseHead and Trailers.
struct Frame {
    static constexpr std::string_view event_name = "http.frame";
    enum Version : std::uint8_t { http_2 = 2, http_3 = 3 } version = http_2;
    Direction direction;
    std::uint64_t stream;   // 0 in HTTP/2: the connection
    std::uint64_t type;     // the number
    std::string_view name;  // "HEADERS", "DATA"; static; empty: one that we do not know
    std::uint8_t flags = 0;
    std::uint64_t length;  // octets, without the frame's head

    // Of those types that have it:
    std::span<const Setting> settings = {};         // SETTINGS
    std::optional<std::uint64_t> increment = {};    // WINDOW_UPDATE
    std::optional<std::uint64_t> error = {};        // RST_STREAM, GOAWAY: the code
    std::string_view error_name = {};               // "REFUSED_STREAM"; static
    std::optional<std::uint64_t> last_stream = {};  // GOAWAY
    std::string_view text = {};  // GOAWAY: debug data; PRIORITY_UPDATE: the field's value; PING: its octets
    std::optional<std::uint64_t> prioritized = {};  // PRIORITY_UPDATE: which stream
};

// The names of HTTP/2's types, settings, error codes and of a type's flags; empty for what RFC 9113, RFC 8441 and
// RFC 9218 do not have. `bit` is one of 1, 2, 4 … 128.
[[nodiscard]] std::string_view http2_frame_name(std::uint64_t type) noexcept;
[[nodiscard]] std::string_view http2_setting_name(std::uint64_t number) noexcept;
[[nodiscard]] std::string_view http2_error_name(std::uint64_t code) noexcept;
[[nodiscard]] std::string_view http2_flag_name(std::uint64_t type, std::uint8_t bit) noexcept;

}  // namespace cais::trace
