// Ranges: whatever is asked for lies inside, no octet comes twice, and the frame is as long as it says. The first eight
// octets are the representation's length, the rest is the value of Range.
#undef NDEBUG
#include "http/ranges.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>
#include <utility>

using namespace cais;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::uint64_t length = 0;
    if (size < sizeof length) return 0;
    std::memcpy(&length, data, sizeof length);
    const std::string_view value(reinterpret_cast<const char*>(data) + sizeof length, size - sizeof length);

    const auto selection = http::parse_ranges(value, length);
    const auto ranges = selection.ranges();
    assert((selection.kind() == http::Selection::partial) == !ranges.empty());
    assert(ranges.size() <= http::Selection::most);
    std::uint64_t octets = 0;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        assert(ranges[i].length > 0 && ranges[i].first < length && ranges[i].length <= length - ranges[i].first);
        octets += ranges[i].length;
        for (std::size_t j = 0; j < i; ++j) {
            const auto& [lower, upper] =
                ranges[i].first < ranges[j].first ? std::pair(ranges[i], ranges[j]) : std::pair(ranges[j], ranges[i]);
            assert(upper.first > lower.last() && upper.first - lower.last() > http::nearly);
        }
    }
    assert(octets <= length);
    if (ranges.empty()) return 0;

    base::Arena arena;
    const http::Multipart frame = {.boundary = "b", .content_type = "text/plain", .length = length, .ranges = ranges};
    std::uint64_t sent = frame.tail(arena).size();
    for (std::size_t i = 0; i < ranges.size(); ++i) sent += frame.head(i, arena).size() + ranges[i].length;
    assert(frame.content_length() == sent);

    // What we would ask for to get the same is answered with the same.
    std::string again = "bytes=";
    for (const auto& range : ranges) again += std::to_string(range.first) + "-" + std::to_string(range.last()) + ",";
    const auto same = http::parse_ranges(again, length);
    assert(std::equal(ranges.begin(), ranges.end(), same.ranges().begin(), same.ranges().end()));
    return 0;
}
