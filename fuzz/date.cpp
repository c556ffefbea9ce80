// Dates: what is read can be written and read again, and what is written is always read. The first eight octets are the
// present, or a moment to write; the rest is a date.
#undef NDEBUG
#include "http/date.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <cstring>

using namespace cais;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::int64_t seconds = 0;
    if (size < sizeof seconds) return 0;
    std::memcpy(&seconds, data, sizeof seconds);
    const std::string_view text(reinterpret_cast<const char*>(data) + sizeof seconds, size - sizeof seconds);

    std::array<char, http::date_octets> written;
    const base::Seconds moment{std::chrono::seconds(seconds)};
    const auto clamped = http::parse_date(http::write_date(moment, written), base::Seconds());
    assert(clamped);
    // From year 0 to 9999 nothing is clamped.
    if (seconds >= -62167219200 && seconds <= 253402300799) assert(*clamped == moment);

    // A clock that is wrong by centuries would have years of two digits mean some that cannot be written.
    const base::Seconds now = std::clamp(*clamped, base::Seconds(), base::Seconds(std::chrono::seconds(250000000000)));
    const auto date = http::parse_date(text, now);
    if (!date) return 0;
    const std::string_view again = http::write_date(*date, written);
    assert(http::parse_date(again, now) == date);
    if (text.size() == http::date_octets && !text.contains(":60 ")) assert(again == text || text.contains('-'));
    return 0;
}
