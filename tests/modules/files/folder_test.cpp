#include "modules/files/folder.h"
#include "tree.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace cais::files {
namespace {

using http::ContentCoding;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(Folder, names_of_variants)
{
    struct Case {
        const char* name;
        const char* base;  // null: it is no variant
        const char* language;
        ContentCoding coding;
    };
    constexpr auto none = ContentCoding::identity;
    constexpr Case cases[] = {
        {"page.html", nullptr, "", none},
        {"page.en.html", "page.html", "en", none},
        {"page.pt-BR.html", "page.html", "pt-BR", none},
        {"page.zh-Hant-TW.html", "page.html", "zh-Hant-TW", none},
        {"page.EN.html", "page.html", "EN", none},
        {"page.html.gz", "page.html", "", ContentCoding::gzip},
        {"page.html.br", "page.html", "", ContentCoding::brotli},
        {"page.html.zst", "page.html", "", ContentCoding::zstd},
        {"page.pt-BR.html.gz", "page.html", "pt-BR", ContentCoding::gzip},
        {"page.en.html.br", "page.html", "en", ContentCoding::brotli},
        {"page.GZ", nullptr, "", none},
        {"page.html.GZ", nullptr, "", none},
        {"page.html.gzip", nullptr, "", none},
        {"page.html.gz.br", "page.html.gz", "", ContentCoding::brotli},
        {"archive.tar.gz", "archive.tar", "", ContentCoding::gzip},
        {"backup.gz", "backup", "", ContentCoding::gzip},
        {"app.min.js", nullptr, "", none},
        {"app.min.js.gz", "app.min.js", "", ContentCoding::gzip},
        {"app.js.map", nullptr, "", none},
        {"page.old.html", nullptr, "", none},
        {"a.b.c", nullptr, "", none},
        {"a.b.c.d", nullptr, "", none},
        {"en.html", nullptr, "", none},
        {"page.en", nullptr, "", none},
        {"page.en.", "page.", "en", none},
        {".gz", nullptr, "", none},
        {"x.gz", "x", "", ContentCoding::gzip},
        {"page.de.fr.html", "page.de.html", "fr", none},
        {"page", nullptr, "", none},
        {"", nullptr, "", none},
        {".", nullptr, "", none},
        {"...", nullptr, "", none},
    };
    ParsedVariant parsed;  // used again, as a folder is read
    for (const auto& [name, base, language, coding] : cases) {
        EXPECT_EQ(parse_variant(name, parsed), base != nullptr) << name;
        if (base == nullptr) continue;
        EXPECT_EQ(parsed.base, base) << name;
        EXPECT_EQ(parsed.variant.name, name);
        EXPECT_EQ(parsed.variant.language, language) << name;
        EXPECT_EQ(parsed.variant.coding, coding) << name;
    }
}

Root root_of(const Tree& tree) { return std::move(*Root::open(tree.path())); }

std::vector<std::string> names(const Folder& folder, const std::string& page)
{
    std::vector<std::string> names;
    for (const auto& variant : folder.variants_of(page)) names.push_back(variant.name + " " + variant.language);
    return names;
}

TEST(Folder, has_the_forms_of_its_pages)
{
    const Tree tree;
    for (const char* name : {"page.html", "page.html.gz", "page.en.html", "page.de.html", "page.de.html.br",
                             ".secret.html.gz", ".page.fr.html", "other.css.zst"})
        tree.file(name, "x");
    tree.folder("page.it.html");
    tree.folder("other.css.gz");
    tree.link("page.fr.html", "page.html");
    settle();
    const auto folder = Folder::load(root_of(tree), ".");
    ASSERT_TRUE(folder);
    EXPECT_TRUE((*folder)->may_be_kept());
    EXPECT_THAT(names(**folder, "page.html"),
                UnorderedElementsAre("page.html.gz ", "page.en.html en", "page.de.html de", "page.de.html.br de",
                                     "page.fr.html fr"));
    EXPECT_THAT(names(**folder, "page.de.html"), ElementsAre("page.de.html.br "));
    EXPECT_THAT(names(**folder, "other.css"), ElementsAre("other.css.zst "));
    EXPECT_THAT(names(**folder, ".secret.html"), IsEmpty());
    EXPECT_THAT(names(**folder, ".page.html"), IsEmpty());
    EXPECT_THAT(names(**folder, ""), IsEmpty());
}

TEST(Folder, that_was_just_changed_is_not_kept)
{
    const Tree tree;
    const Root root = root_of(tree);
    settle();
    EXPECT_TRUE((*Folder::load(root, "."))->may_be_kept());
    const auto fresh = in_time([&] {
        tree.remove("new");
        tree.file("new", "x");
        return *Folder::load(root, ".");
    });
    EXPECT_FALSE(fresh->may_be_kept());
    settle();
    EXPECT_TRUE((*Folder::load(root, "."))->may_be_kept());
}

TEST(Folder, that_is_none)
{
    const Tree tree;
    tree.file("file", "x");
    tree.link("out", "..");
    ASSERT_EQ(::mkfifo(tree.path("pipe").c_str(), 0644), 0);
    const Root root = root_of(tree);
    EXPECT_EQ(Folder::load(root, "missing").error().kind, Error::not_found);
    EXPECT_EQ(Folder::load(root, "file").error().kind, Error::not_found);
    EXPECT_EQ(Folder::load(root, "pipe").error().kind, Error::not_found);
    EXPECT_EQ(Folder::load(root, "out").error().kind, Error::denied);
}

TEST(Folder, that_may_be_entered_and_not_read_has_no_variants)
{
    const Tree tree;
    tree.file("closed/page.html", "x");
    tree.file("closed/page.html.gz", "x");
    ::chmod(tree.path("closed").c_str(), 0711);
    settle();
    const AsNobody nobody;
    const auto folder = Folder::load(root_of(tree), "closed");
    ASSERT_TRUE(folder) << base::describe(folder.error());
    EXPECT_THAT(names(**folder, "page.html"), IsEmpty());
    EXPECT_NE((*folder)->identity().inode, 0u);
}

TEST(Folder, keeps_so_many_names_and_is_counted_as_long_as_it_lives)
{
    // In memory where there is such a place: a disk takes long to make so many.
    const Tree tree(std::filesystem::exists("/dev/shm") ? "/dev/shm/" : testing::TempDir());
    tree.folder("many");
    for (std::size_t i = 0; i < Folder::most_variants + 100; ++i)
        ASSERT_EQ(::symlink("nowhere", tree.path("many/" + std::to_string(i) + ".gz").c_str()), 0);
    auto folder = std::move(*Folder::load(root_of(tree), "many"));
    std::size_t kept = 0;
    for (std::size_t i = 0; i < Folder::most_variants + 100; ++i) kept += folder->variants_of(std::to_string(i)).size();
    EXPECT_EQ(kept, Folder::most_variants);

    const auto tally = base::make_counted<FolderTally>();
    folder->count_in(tally);
    EXPECT_GT(tally->memory, Folder::most_variants * 100);
    auto other = folder;
    folder = {};
    EXPECT_GT(tally->memory, 0u);
    other = {};
    EXPECT_EQ(tally->memory, 0u);
}

}  // namespace
}  // namespace cais::files
