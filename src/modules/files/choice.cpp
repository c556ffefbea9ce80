#include "modules/files/choice.h"

#include "http/negotiation.h"

namespace cais::files {

using http::ContentCoding;
using http::Name;

Alternative& choose_language(const http::Request& request, Page& page)
{
    if (page.alternatives.size() == 1 || !request.fields.has(Name::accept_language)) return page.alternatives.front();
    std::array<std::string_view, most_languages> tags;
    std::size_t count = 0;
    for (const auto& alternative : page.alternatives) tags.at(count++) = alternative.language;
    const http::AcceptLanguage accept(request.fields.all(Name::accept_language));
    const auto chosen = accept.choose({tags.data(), count});
    auto& alternative = page.alternatives[chosen ? *chosen : 0];
    if (request.trace != nullptr) [[unlikely]]
        request.trace->say(trace::Choice{.of = "language",
                                         .chosen = alternative.language,
                                         .wanted = request.fields.all(Name::accept_language).front(),
                                         .why = chosen ? "" : "none of those that are wanted is there"});
    return alternative;
}

CodingChoice choose_coding(const http::Request& request, const Alternative& alternative)
{
    if (!request.fields.has(Name::accept_encoding)) return {};
    const http::EncodingPreferences preferences(request.fields.all(Name::accept_encoding));
    std::array<ContentCoding, 6> available;
    std::size_t count = 0;
    constexpr std::array there = {ContentCoding::brotli, ContentCoding::zstd, ContentCoding::gzip};
    constexpr std::array made = {ContentCoding::zstd, ContentCoding::brotli, ContentCoding::gzip};
    const auto has = [&](ContentCoding coding) {
        return !alternative.forms[static_cast<std::size_t>(coding)].name.empty();
    };
    for (const auto coding : there)
        if (has(coding)) available[count++] = coding;
    if (alternative.type->compressible) {
        for (const auto coding : made)
            if (!has(coding)) available[count++] = coding;
    }
    const auto chosen = preferences.choose({available.data(), count});
    if (request.trace != nullptr) [[unlikely]]
        request.trace->say(
            trace::Choice{.of = "content-coding",
                          .chosen = chosen == ContentCoding::identity ? "identity" : http::text_of(chosen),
                          .wanted = request.fields.all(Name::accept_encoding).front()});
    return {chosen, !preferences.allows_identity()};
}

}  // namespace cais::files
