// The traceparent field of W3C Trace Context (§3.2): which trace a request belongs to, and who asked. Both ends of an
// exchange tell of it with the same text, by which their stories can be laid side by side.
#pragma once
#include "base/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cais::trace {

struct TraceParent {
    std::array<std::uint8_t, 16> trace{};  // not all zero
    std::array<std::uint8_t, 8> parent{};  // not all zero
    bool is_sampled = false;

    // A new trace, at random, sampled. Errors: failed, where the system has no random octets.
    [[nodiscard]] static Result<TraceParent> make();
    // The same trace, another parent: for the next request of one that was redirected.
    [[nodiscard]] Result<TraceParent> next() const;

    // Nothing where it is malformed, or of version ff: then it is as if there were none (§3.2, §4.3). Of a version
    // after 00 that what 00 has is taken, as §3.2.4 says.
    [[nodiscard]] static std::optional<TraceParent> parse(std::string_view text);

    // "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    [[nodiscard]] std::string text() const;

    bool operator==(const TraceParent&) const = default;
};

}  // namespace cais::trace
