#include "trace/frame_events.h"

#include <array>

namespace cais::trace {
namespace {

// RFC 9113 §11.2, RFC 7838 §4, RFC 8336 §2, RFC 9218 §7.1
constexpr std::array<std::string_view, 17> frame_names = {"DATA",
                                                          "HEADERS",
                                                          "PRIORITY",
                                                          "RST_STREAM",
                                                          "SETTINGS",
                                                          "PUSH_PROMISE",
                                                          "PING",
                                                          "GOAWAY",
                                                          "WINDOW_UPDATE",
                                                          "CONTINUATION",
                                                          "ALTSVC",
                                                          "",
                                                          "ORIGIN",
                                                          "",
                                                          "",
                                                          "",
                                                          "PRIORITY_UPDATE"};

// RFC 9113 §6.5.2, RFC 8441 §3, RFC 9218 §2.1
constexpr std::array<std::string_view, 10> setting_names = {"",
                                                            "HEADER_TABLE_SIZE",
                                                            "ENABLE_PUSH",
                                                            "MAX_CONCURRENT_STREAMS",
                                                            "INITIAL_WINDOW_SIZE",
                                                            "MAX_FRAME_SIZE",
                                                            "MAX_HEADER_LIST_SIZE",
                                                            "",
                                                            "ENABLE_CONNECT_PROTOCOL",
                                                            "NO_RFC7540_PRIORITIES"};

// RFC 9113 §7
constexpr std::array<std::string_view, 14> error_names = {"NO_ERROR",
                                                          "PROTOCOL_ERROR",
                                                          "INTERNAL_ERROR",
                                                          "FLOW_CONTROL_ERROR",
                                                          "SETTINGS_TIMEOUT",
                                                          "STREAM_CLOSED",
                                                          "FRAME_SIZE_ERROR",
                                                          "REFUSED_STREAM",
                                                          "CANCEL",
                                                          "COMPRESSION_ERROR",
                                                          "CONNECT_ERROR",
                                                          "ENHANCE_YOUR_CALM",
                                                          "INADEQUATE_SECURITY",
                                                          "HTTP_1_1_REQUIRED"};

template <std::size_t Count>
std::string_view at(const std::array<std::string_view, Count>& names, std::uint64_t number) noexcept
{
    return number < Count ? names[number] : std::string_view();
}

}  // namespace

std::string_view http2_frame_name(std::uint64_t type) noexcept { return at(frame_names, type); }
std::string_view http2_setting_name(std::uint64_t number) noexcept { return at(setting_names, number); }
std::string_view http2_error_name(std::uint64_t code) noexcept { return at(error_names, code); }

std::string_view http2_flag_name(std::uint64_t type, std::uint8_t bit) noexcept
{
    constexpr std::uint64_t data = 0, headers = 1, settings = 4, push_promise = 5, ping = 6, continuation = 9;
    switch (bit) {
    case 0x1:
        if (type == data || type == headers) return "END_STREAM";
        if (type == settings || type == ping) return "ACK";
        return {};
    case 0x4: return type == headers || type == push_promise || type == continuation ? "END_HEADERS" : "";
    case 0x8: return type == data || type == headers || type == push_promise ? "PADDED" : "";
    case 0x20: return type == headers ? "PRIORITY" : "";
    default: return {};
    }
}

}  // namespace cais::trace
