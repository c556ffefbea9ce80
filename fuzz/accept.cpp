// The four fields of proactive negotiation: any value is read, weights stay in range, what is chosen is acceptable, and
// members beyond the bound change nothing.
#include "http/negotiation.h"

#include <cstdlib>

using namespace cais::http;

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

template <class Field>
void check(const Field& field, std::span<const std::string_view> offered)
{
    for (const auto text : offered) require(field.quality_of(text) <= full_quality);
    const auto chosen = field.choose(offered);
    if (!chosen) return;
    require(*chosen < offered.size());
    const auto quality = field.quality_of(offered[*chosen]);
    require(quality > 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    // Lines end with LF; the first one is also asked about.
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    cais::base::Arena arena;
    Fields fields(arena);
    constexpr Name names[] = {Name::accept, Name::accept_encoding, Name::accept_language, Name::accept_charset};
    for (std::string_view rest = text;;) {
        const auto end = rest.find('\n');
        for (const auto name : names) fields.add(name, rest.substr(0, end));
        if (end == rest.npos) break;
        rest.remove_prefix(end + 1);
    }
    const auto first = text.substr(0, text.find('\n'));

    const Accept accept(fields.all(Name::accept));
    const std::string_view types[] = {"text/html", "text/plain;charset=utf-8", "application/problem+json", first};
    check(accept, types);
    if (const auto chosen = accept.choose(types))
        for (const auto type : types) require(accept.quality_of(type) <= accept.quality_of(types[*chosen]));

    const AcceptLanguage language(fields.all(Name::accept_language));
    const std::string_view tags[] = {"en", "pt-BR", "zh-Hant-TW", first};
    check(language, tags);
    (void)is_language_tag(first);

    const AcceptCharset charset(fields.all(Name::accept_charset));
    require(charset.quality_of("utf-8") <= full_quality && charset.quality_of(first) <= full_quality);

    using enum ContentCoding;
    const EncodingPreferences encoding(fields.all(Name::accept_encoding));
    constexpr ContentCoding all[] = {zstd, brotli, gzip, deflate, identity};
    for (const auto coding : all) require(encoding.quality_of(coding) <= full_quality);
    const auto chosen = encoding.choose(std::span(all).first(3));
    require(chosen == identity || encoding.quality_of(chosen) > 0);
    if (encoding.quality_of(identity) > 0) require(encoding.allows_identity());
    return 0;
}
