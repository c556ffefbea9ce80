#include "http1/scan.h"

#include "base/text.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace cais::http1 {
namespace {

constexpr auto tchar = base::OctetSet("!#$%&'*+-.^_`|~").with('0', '9').with('a', 'z').with('A', 'Z');

constexpr bool is_content_octet(unsigned char c) { return (c >= 0x20 && c != 0x7F) || c == '\t'; }
constexpr bool is_visible_octet(unsigned char c) { return c > 0x20 && c < 0x7F; }

}  // namespace

std::size_t token_length(std::string_view text) noexcept
{
    std::size_t i = 0;
    while (i < text.size() && tchar.has(text[i])) ++i;
    return i;
}

bool is_visible(std::string_view text) noexcept
{
    const char* at = text.data();
    const char* const end = at + text.size();
#ifdef __SSE2__
    // Signed comparison: octets from 0x80 are negative, so one "greater than space" refuses them too.
    const __m128i space = _mm_set1_epi8(0x20);
    const __m128i del = _mm_set1_epi8(0x7F);
    for (; end - at >= 16; at += 16) {
        const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        const __m128i good = _mm_andnot_si128(_mm_cmpeq_epi8(octets, del), _mm_cmpgt_epi8(octets, space));
        if (_mm_movemask_epi8(good) != 0xFFFF) return false;
    }
#endif
    for (; at != end; ++at)
        if (!is_visible_octet(static_cast<unsigned char>(*at))) return false;
    return true;
}

bool is_field_content(std::string_view text) noexcept
{
    const char* at = text.data();
    const char* const end = at + text.size();
#ifdef __SSE2__
    const __m128i tab = _mm_set1_epi8('\t');
    const __m128i del = _mm_set1_epi8(0x7F);
    const __m128i last_control = _mm_set1_epi8(0x1F);
    for (; end - at >= 16; at += 16) {
        const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(octets, last_control), octets);  // unsigned <= 0x1F
        const __m128i bad =
            _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(octets, tab), control), _mm_cmpeq_epi8(octets, del));
        if (_mm_movemask_epi8(bad) != 0) return false;
    }
#endif
    for (; at != end; ++at)
        if (!is_content_octet(static_cast<unsigned char>(*at))) return false;
    return true;
}

}  // namespace cais::http1
