#include "modules/files/folder.h"

#include "http/language_tag.h"
#include "modules/files/directory_reader.h"
#include "modules/files/representation.h"

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
    to.variant.language.clear();
    to.variant.coding = ContentCoding::identity;
    for (const auto& [suffix, coding] : coding_suffixes) {
        if (name.size() > suffix.size() && name.ends_with(suffix)) {
            to.variant.coding = coding;
            to.base.resize(name.size() - suffix.size());
            break;
        }
    }
    const bool has_language = take_language(to.base, to.variant.language);
    if (!has_language && to.variant.coding == ContentCoding::identity) return false;
    to.variant.name = name;
    return true;
}

Result<base::Shared<Folder>> Folder::load(const Root& root, const std::string& path)
{
    auto folder = base::make_counted<Folder>();
    auto opened = root.open_file(path.c_str(), Blocking::yes);
    const bool is_closed = !opened && opened.error().number == EACCES;
    // What may be entered and not read hides its names, not its files.
    if (is_closed) opened = io::Descriptor(root.look(path.c_str()));
    if (!opened) return std::unexpected(opened.error());
    if (!*opened) return fail_errno("look at a folder");

    struct ::statx status;
    if (::statx(opened->get(), "", AT_EMPTY_PATH, http::identity_mask, &status) != 0)
        return fail_errno("look at a folder");
    if (!S_ISDIR(status.stx_mode)) return fail(Error::not_found, "not a folder");
    folder->identity_ = http::FileIdentity::of(status);
    folder->may_be_kept_ = is_settled(folder->identity_);
    if (!is_closed) {
        auto read = folder->read(opened->release());
        if (!read) return std::unexpected(read.error());
    }
    return folder;
}

Result<void> Folder::read(int directory)
{
    DirectoryReader reader(directory);
    alignas(8) std::array<std::byte, 32 * 1024> buffer;
    reader.use(buffer);
    std::size_t kept = 0;
    const auto add = [&](const std::string& base, Variant variant) {
        memory_ += sizeof(Variant) + 128 + base.capacity() + variant.name.capacity();
        variants_[base].push_back(std::move(variant));
        ++kept;
    };
    ParsedVariant parsed;
    DirectoryEntry entry;
    for (std::size_t seen = 0; seen < most_names && kept < most_variants; ++seen) {
        auto more = reader.next(entry);
        if (!more) return std::unexpected(more.error());
        if (!*more) break;
        if (entry.name[0] == '.' || entry.type == DT_DIR || !parse_variant(entry.view(), parsed)) continue;
        const Variant& variant = parsed.variant;
        // "page.en.html.gz" is a form of "page.html", and one of "page.en.html" where somebody asks for just that.
        if (!variant.language.empty() && variant.coding != ContentCoding::identity) {
            std::string of_one_language(entry.view());
            of_one_language.resize(of_one_language.rfind('.'));
            add(of_one_language, {variant.name, {}, variant.coding});
        }
        add(parsed.base, variant);
    }
    return {};
}

Folder::~Folder()
{
    if (tally_) tally_->memory -= memory_;
}

void Folder::count_in(base::Shared<FolderTally> tally)
{
    tally_ = std::move(tally);
    tally_->memory += memory_;
}

std::span<const Variant> Folder::variants_of(const std::string& name) const
{
    if (variants_.empty()) return {};
    const auto found = variants_.find(name);
    return found == variants_.end() ? std::span<const Variant>{} : std::span<const Variant>(found->second);
}

}  // namespace cais::files
