// What a file's name says of its content: an entry for every extension that mime-db or Debian's media-types knows, and
// a few that neither does. script/generate-media-types makes the entries, and says where it settles a conflict and why.
#pragma once
#include <cstdint>
#include <string_view>

namespace cais::http {

// What a person would call it; what a listing draws.
enum class Kind : std::uint8_t {
    other,
    text,
    document,
    spreadsheet,
    presentation,
    book,
    image,
    audio,
    video,
    font,
    archive,
    code,
    data,
    model,
    program,
    key,
};

struct KnownType {
    std::string_view type;  // as Content-Type's value: "text/html; charset=utf-8", "image/png"
    bool compressible;      // whether a content coding makes it smaller
    Kind kind;
};

// The type of what neither has an extension nor one that we know: application/octet-stream.
extern const KnownType unknown_type;

// The type of files with this extension, given without its dot and in any case: "html", "JPEG". Null where nobody knows
// it. Static. Cost: one hash of the text, nearly always one comparison; no allocation.
[[nodiscard]] const KnownType* type_of_extension(std::string_view extension) noexcept;

// The type of a file by its name, without directories: by what follows its last dot, or by the last two pieces where
// the two are one extension ("report.spdx.json"). unknown_type where that says nothing. A name that is only a dot and
// an extension (".html") has none.
[[nodiscard]] const KnownType& type_of_file(std::string_view name) noexcept;

// The enumerator's own name: "spreadsheet".
[[nodiscard]] std::string_view text_of(Kind kind) noexcept;

}  // namespace cais::http
