// Language tags, as file names carry them: is `page.pt-BR.html` a page in Portuguese? RFC 5646 for the syntax; what is
// taken is narrower, since `page.min.js` is no page in Minangkabau.
#pragma once
#include <string_view>

namespace cais::http {

// Whether `text` is a language tag that we believe, in any case: language ["-" script] ["-" region] *("-" variant)
// (RFC 5646 §2.1), where
// - the language has two letters of ISO 639-1, or three letters: with a script or region after them, or in a short
//   list of languages that have pages and whose codes are no words of a file's name. So `min`, `map`, `old`, `dev`,
//   `pdf` are none and `min-ID` is one;
// - the region is one of ISO 3166-1 or three digits, so that `no-js` is none.
// Stricter: extended language subtags, extensions, private use and grandfathered tags are left out: no page is kept
//   under such a name, and `en-x-final` would be one.
// Cost      one pass, no allocation.
[[nodiscard]] bool is_language_tag(std::string_view text) noexcept;

}  // namespace cais::http
