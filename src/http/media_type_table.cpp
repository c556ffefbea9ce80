#include "http/media_type_table.h"

#include "base/text.h"

#include <array>
#include <cstddef>

namespace cais::http {
namespace {

// As the generated file has it: one line a type.
struct Line {
    std::string_view type;
    bool compressible;
    Kind kind;
    std::string_view extensions;  // with one space between them
};

constexpr Line lines[] = {
#include "http/media_type_table.inc"
};
constexpr std::size_t line_count = std::size(lines);

// What follows is worked out by the compiler. Only `types` holds pointers; the index is plain numbers, so that it stays
// in pages that no start of the program writes to.

constexpr auto types = [] {
    std::array<KnownType, line_count> result{};
    for (std::size_t i = 0; i < line_count; ++i) result[i] = {lines[i].type, lines[i].compressible, lines[i].kind};
    return result;
}();

constexpr std::size_t text_length = [] {
    std::size_t length = 0;
    for (const Line& line : lines) length += line.extensions.size() + 1;
    return length;
}();
static_assert(text_length <= UINT16_MAX && line_count <= UINT16_MAX);

// All extensions, one after the other, each ended by a space.
constexpr auto text = [] {
    std::array<char, text_length> result{};
    std::size_t at = 0;
    for (const Line& line : lines) {
        for (const char c : line.extensions) result[at++] = c;
        result[at++] = ' ';
    }
    return result;
}();

struct Slot {
    std::uint16_t text = 0;  // where the extension starts
    std::uint16_t type = 0;
    std::uint8_t length = 0;  // 0: nothing here
};
constexpr std::size_t slot_count = 4096;  // 1.9 thousand extensions: less than half of it is taken

constexpr std::uint32_t begin_hash = 2166136261u;  // FNV-1a
constexpr std::uint32_t add_to_hash(std::uint32_t hash, char c)
{
    return (hash ^ static_cast<unsigned char>(base::to_lower(c))) * 16777619u;
}
constexpr std::size_t slot_of(std::uint32_t hash) { return (hash ^ (hash >> 15)) % slot_count; }

constexpr auto slots = [] {
    std::array<Slot, slot_count> result{};
    std::size_t at = 0;
    for (std::size_t type = 0; type < line_count; ++type) {
        const std::size_t line_end = at + lines[type].extensions.size() + 1;
        while (at < line_end) {
            const std::size_t begin = at;
            std::uint32_t hash = begin_hash;
            for (; text[at] != ' '; ++at) hash = add_to_hash(hash, text[at]);
            std::size_t slot = slot_of(hash);
            while (result[slot].length != 0) slot = (slot + 1) % slot_count;
            result[slot] = {static_cast<std::uint16_t>(begin), static_cast<std::uint16_t>(type),
                            static_cast<std::uint8_t>(at - begin)};
            ++at;
        }
    }
    return result;
}();

constexpr std::size_t longest = 32;  // no extension is longer

}  // namespace

constexpr KnownType unknown_type{"application/octet-stream", false, Kind::other};

const KnownType* type_of_extension(std::string_view extension) noexcept
{
    if (extension.empty() || extension.size() > longest) return nullptr;
    std::uint32_t hash = begin_hash;
    for (const char c : extension) hash = add_to_hash(hash, c);
    for (std::size_t at = slot_of(hash); slots[at].length != 0; at = (at + 1) % slot_count) {
        const Slot& slot = slots[at];
        if (base::equals_ignoring_case(std::string_view(text.data() + slot.text, slot.length), extension))
            return &types[slot.type];
    }
    return nullptr;
}

const KnownType& type_of_file(std::string_view name) noexcept
{
    const auto last = name.rfind('.');
    if (last == std::string_view::npos || last == 0) return unknown_type;
    const auto before = name.rfind('.', last - 1);
    if (before != std::string_view::npos && before != 0)
        if (const auto* type = type_of_extension(name.substr(before + 1))) return *type;
    const auto* type = type_of_extension(name.substr(last + 1));
    return type != nullptr ? *type : unknown_type;
}

std::string_view text_of(Kind kind) noexcept
{
    constexpr std::array<std::string_view, 16> names = {
        "other", "text", "document", "spreadsheet", "presentation", "book",  "image",   "audio",
        "video", "font", "archive",  "code",        "data",         "model", "program", "key",
    };
    return names[static_cast<std::size_t>(kind)];
}

}  // namespace cais::http
