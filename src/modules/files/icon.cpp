#include "modules/files/icon.h"

#include "base/text.h"

#include <algorithm>
#include <iterator>

namespace cais::files {
namespace {

struct Known {
    std::string_view extension;
    Icon icon;
};

constexpr Known known[] = {
    // by extension
    {"7z", Icon::archive},   {"aac", Icon::audio},     {"apk", Icon::archive},   {"apng", Icon::image},
    {"asc", Icon::text},     {"avi", Icon::video},     {"avif", Icon::image},    {"bash", Icon::code},
    {"bin", Icon::program},  {"bmp", Icon::image},     {"br", Icon::archive},    {"bz2", Icon::archive},
    {"c", Icon::code},       {"cc", Icon::code},       {"cfg", Icon::text},      {"conf", Icon::text},
    {"cpp", Icon::code},     {"cs", Icon::code},       {"css", Icon::code},      {"csv", Icon::data},
    {"db", Icon::data},      {"deb", Icon::archive},   {"diff", Icon::code},     {"djvu", Icon::document},
    {"doc", Icon::document}, {"docx", Icon::document}, {"epub", Icon::document}, {"exe", Icon::program},
    {"flac", Icon::audio},   {"geojson", Icon::data},  {"gif", Icon::image},     {"go", Icon::code},
    {"gz", Icon::archive},   {"h", Icon::code},        {"heic", Icon::image},    {"hpp", Icon::code},
    {"htm", Icon::code},     {"html", Icon::code},     {"ico", Icon::image},     {"ics", Icon::data},
    {"img", Icon::archive},  {"ini", Icon::text},      {"ipynb", Icon::code},    {"iso", Icon::archive},
    {"jar", Icon::archive},  {"java", Icon::code},     {"jpeg", Icon::image},    {"jpg", Icon::image},
    {"js", Icon::code},      {"json", Icon::data},     {"jsonl", Icon::data},    {"jsx", Icon::code},
    {"jxl", Icon::image},    {"kt", Icon::code},       {"log", Icon::text},      {"lua", Icon::code},
    {"m3u8", Icon::video},   {"m4a", Icon::audio},     {"m4v", Icon::video},     {"markdown", Icon::text},
    {"md", Icon::text},      {"mid", Icon::audio},     {"mjs", Icon::code},      {"mkv", Icon::video},
    {"mov", Icon::video},    {"mp3", Icon::audio},     {"mp4", Icon::video},     {"mpeg", Icon::video},
    {"mpg", Icon::video},    {"msi", Icon::program},   {"odp", Icon::document},  {"ods", Icon::data},
    {"odt", Icon::document}, {"oga", Icon::audio},     {"ogg", Icon::audio},     {"ogv", Icon::video},
    {"opus", Icon::audio},   {"otf", Icon::font},      {"parquet", Icon::data},  {"patch", Icon::code},
    {"pdf", Icon::document}, {"php", Icon::code},      {"pl", Icon::code},       {"png", Icon::image},
    {"ppt", Icon::document}, {"pptx", Icon::document}, {"ps", Icon::document},   {"psd", Icon::image},
    {"py", Icon::code},      {"rar", Icon::archive},   {"rb", Icon::code},       {"rpm", Icon::archive},
    {"rs", Icon::code},      {"rst", Icon::text},      {"rtf", Icon::document},  {"sh", Icon::code},
    {"so", Icon::program},   {"sql", Icon::code},      {"sqlite", Icon::data},   {"srt", Icon::text},
    {"svg", Icon::image},    {"swift", Icon::code},    {"tar", Icon::archive},   {"tex", Icon::text},
    {"tgz", Icon::archive},  {"tif", Icon::image},     {"tiff", Icon::image},    {"toml", Icon::code},
    {"ts", Icon::code},      {"tsv", Icon::data},      {"tsx", Icon::code},      {"ttf", Icon::font},
    {"txt", Icon::text},     {"vcf", Icon::data},      {"vtt", Icon::text},      {"wasm", Icon::program},
    {"wav", Icon::audio},    {"weba", Icon::audio},    {"webm", Icon::video},    {"webp", Icon::image},
    {"woff", Icon::font},    {"woff2", Icon::font},    {"xls", Icon::data},      {"xlsx", Icon::data},
    {"xml", Icon::code},     {"xz", Icon::archive},    {"yaml", Icon::code},     {"yml", Icon::code},
    {"zip", Icon::archive},  {"zst", Icon::archive},
};
static_assert(std::ranges::is_sorted(known, {}, &Known::extension));
constexpr std::size_t longest = 8;

constexpr std::string_view classes[] = {"",     "folder", "image",   "video", "audio", "document",
                                        "text", "code",   "archive", "font",  "data",  "program"};

}  // namespace

Icon icon_of(std::string_view name) noexcept
{
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos || name.size() - dot - 1 > longest) return Icon::file;
    char lower[longest];
    const std::size_t length = name.copy(lower, longest, dot + 1);
    std::transform(lower, lower + length, lower, base::to_lower);
    const std::string_view extension(lower, length);
    const auto* found = std::ranges::lower_bound(known, extension, {}, &Known::extension);
    return found != std::end(known) && found->extension == extension ? found->icon : Icon::file;
}

std::string_view class_of(Icon icon) noexcept { return classes[static_cast<std::size_t>(icon)]; }

}  // namespace cais::files
