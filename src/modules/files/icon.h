// The picture beside a name: the group that a file belongs to, by the extension of its name. Only a hint for the eye.
#pragma once
#include <cstdint>
#include <string_view>

namespace cais::files {

enum class Icon : std::uint8_t {
    file,
    folder,
    image,
    video,
    audio,
    document,
    text,
    code,
    archive,
    font,
    data,
    program
};

// Of a file, by what follows the last dot of its name, in any case; file where that says nothing. Never folder.
[[nodiscard]] Icon icon_of(std::string_view name) noexcept;

// The class that the page's style knows it by; empty for file, the page's default.
[[nodiscard]] std::string_view class_of(Icon icon) noexcept;

}  // namespace cais::files
