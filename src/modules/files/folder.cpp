#include "modules/files/folder.h"

#include "base/clock.h"
#include "http/language_tag.h"
#include "modules/files/directory_reader.h"

#include <array>
#include <cstddef>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace cais::files {
namespace {

using http::ContentCoding;

constexpr std::pair<std::string_view, ContentCoding> coding_suffixes[] = {
    {".br", ContentCoding::brotli}, {".zst", ContentCoding::zstd}, {".gz", ContentCoding::gzip}};

// "page.en.html" is page.html in English: the piece before the extension, where it is a language.
bool take_language(std::string& name, std::string& language)
{
    const auto last = name.rfind('.');
    if (last == std::string::npos || last == 0) return false;
    const auto before = name.rfind('.', last - 1);
    if (before == std::string::npos || before == 0) return false;
    const std::string_view piece = std::string_view(name).substr(before + 1, last - before - 1);
    if (!http::is_language_tag(piece)) return false;
    language = piece;
    name.erase(before, last - before);
    return true;
}

}  // namespace

bool parse_variant(std::string_view name, ParsedVariant& to)
{
    to.base = name;
    to.variant = Variant{std::string(name), {}, ContentCoding::identity};
    for (const auto& [suffix, coding] : coding_suffixes) {
        if (name.size() > suffix.size() && name.ends_with(suffix)) {
            to.variant.coding = coding;
            to.base.resize(name.size() - suffix.size());
            break;
        }
    }
    const bool has_language = take_language(to.base, to.variant.language);
    return has_language || to.variant.coding != ContentCoding::identity;
}

Result<base::Shared<Folder>> Folder::load(const Root& root, const std::string& path)
{
    auto opened = root.open_file(path.c_str(), Blocking::yes);
    if (!opened) return std::unexpected(opened.error());
    auto folder = base::make_counted<Folder>();
    struct ::statx status;
    if (::statx(opened->get(), "", AT_EMPTY_PATH, http::identity_mask, &status) != 0)
        return fail_errno("look at a folder");
    if (!S_ISDIR(status.stx_mode)) return fail(Error::not_found, "not a folder");
    folder->identity_ = http::FileIdentity::of(status);
    folder->may_be_kept_ = base::wall_now().time_since_epoch() - std::chrono::nanoseconds(folder->identity_.changed) >=
                           std::chrono::milliseconds(20);

    DirectoryReader reader(opened->release());
    alignas(8) std::array<std::byte, 32 * 1024> buffer;
    reader.use(buffer);
    std::size_t kept = 0;
    ParsedVariant parsed;
    for (DirectoryEntry entry; kept < most_variants;) {
        auto more = reader.next(entry);
        if (!more) return std::unexpected(more.error());
        if (!*more) break;
        if (entry.name[0] == '.' || entry.type == DT_DIR || !parse_variant(entry.view(), parsed)) continue;
        folder->variants_[parsed.base].push_back(std::move(parsed.variant));
        ++kept;
    }
    return folder;
}

std::span<const Variant> Folder::variants_of(const std::string& name) const
{
    if (variants_.empty()) return {};
    const auto found = variants_.find(name);
    return found == variants_.end() ? std::span<const Variant>{} : std::span<const Variant>(found->second);
}

}  // namespace cais::files
