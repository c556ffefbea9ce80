#include "modules/files/representation.h"
#include "tree.h"

#include <gtest/gtest.h>
#include <map>
#include <string>

#include <sys/stat.h>

namespace cais::files {
namespace {

using http::ContentCoding;

class Representations : public testing::Test {
protected:
    [[nodiscard]] base::Shared<const Representation> load(const std::string& name,
                                                          ContentCoding coding = ContentCoding::identity,
                                                          const std::string& language = {}) const
    {
        const auto root = Root::open(tree.path());
        auto loaded = Representation::load(*root, {name, &http::type_of_file(name), coding, language}, Blocking::yes);
        if (!loaded || !loaded->representation) throw std::runtime_error("cannot load " + name);
        return loaded->representation;
    }
    static std::map<std::string, std::string> fields(const Representation& representation)
    {
        std::map<std::string, std::string> fields;
        for (const auto& line : representation.fields()) fields[std::string(line.name())] = line.value();
        return fields;
    }
    void set_times(const std::string& name, std::int64_t modified) const
    {
        const timespec times[] = {{modified, 0}, {modified, 0}};
        ASSERT_EQ(::utimensat(AT_FDCWD, tree.path(name).c_str(), times, 0), 0);
    }

    Tree tree;
};

TEST_F(Representations, small_content_is_in_memory_and_large_is_not)
{
    tree.file("empty", "");
    tree.file("most", noise(most_kept_content));
    tree.file("more", noise(most_kept_content + 1));
    settle();
    for (const char* name : {"empty", "most"}) {
        const auto small = load(name);
        ASSERT_NE(small->content(), nullptr) << name;
        EXPECT_FALSE(small->file());
        EXPECT_EQ(small->content()->size(), small->size());
        const auto body = small->body();
        ASSERT_NE(body.bytes(), nullptr);
        EXPECT_EQ(body.bytes()->view, *small->content());
        EXPECT_EQ(body.bytes()->owner.get(), small.get());
    }
    const auto large = load("more");
    EXPECT_EQ(large->content(), nullptr);
    ASSERT_TRUE(large->file());
    EXPECT_TRUE(large->file()->is_unchanged());
    const auto body = large->body(10, 100);
    ASSERT_NE(body.file(), nullptr);
    EXPECT_EQ(body.file()->offset, 10u);
    EXPECT_EQ(body.file()->length, 100u);
    EXPECT_EQ(body.length(), 100u);
    EXPECT_EQ(load("most")->body(5, 7).bytes()->view, noise(most_kept_content).substr(5, 7));
}

TEST_F(Representations, rfc9110_s8_8_1_what_was_just_changed_has_a_weak_tag_and_is_not_kept)
{
    for (const std::size_t size : {std::size_t{10}, std::size_t{most_kept_content} + 1}) {
        const auto [fresh, again] = in_time([&] {
            tree.file("page.html", noise(size));
            auto first = load("page.html");
            return std::pair(std::move(first), load("page.html"));
        });
        EXPECT_FALSE(fresh->may_be_kept());
        EXPECT_TRUE(fresh->tag_text().starts_with("W/\"")) << fresh->tag_text();
        EXPECT_TRUE(fresh->validators().tag->weak);
        settle();
        const auto settled = load("page.html");
        EXPECT_TRUE(settled->may_be_kept());
        EXPECT_TRUE(settled->tag_text().starts_with("\""));
        EXPECT_FALSE(settled->validators().tag->weak);
        // The content may have been another one then, under the same size and times: none of the tags matches another.
        using enum http::Comparison;
        EXPECT_FALSE(http::match(*fresh->validators().tag, *settled->validators().tag, weak));
        EXPECT_FALSE(http::match(*fresh->validators().tag, *again->validators().tag, weak));
        EXPECT_TRUE(http::match(*settled->validators().tag, *load("page.html")->validators().tag, strong));
    }
}

TEST_F(Representations, rfc9110_s8_8_3_a_tag_is_of_one_state_of_one_form)
{
    tree.file("page.html", "one");
    tree.file("page.html.gz", "one");
    settle();
    const auto first = load("page.html");
    EXPECT_NE(first->tag_text(), load("page.html.gz", ContentCoding::gzip)->tag_text());
    tree.file("page.html", "two");  // in place, the same size
    settle();
    const auto second = load("page.html");
    EXPECT_NE(first->tag_text(), second->tag_text());
    ::chmod(tree.path("page.html").c_str(), 0640);
    settle();
    EXPECT_NE(second->tag_text(), load("page.html")->tag_text());
    EXPECT_EQ(opaque_tag({}), opaque_tag({}));
    EXPECT_EQ(opaque_tag({}, "gzip"), opaque_tag({}) + "-gzip");
}

TEST_F(Representations, rfc9110_s8_8_2_1_last_modified_is_never_in_the_future)
{
    tree.file("page.html", "x");
    const auto now = std::chrono::floor<std::chrono::seconds>(base::wall_now());
    struct Case {
        std::int64_t modified;
        const char* want;  // null: about now
    };
    const Case cases[] = {
        {1'767'323'045, "Fri, 02 Jan 2026 03:04:05 GMT"},
        {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {-1, "Wed, 31 Dec 1969 23:59:59 GMT"},
        {now.time_since_epoch().count() + 3600, nullptr},
        {15'000'000'000, nullptr},  // in the year 2445: no nanoseconds in 64 bits
    };
    for (const auto& [modified, want] : cases) {
        set_times("page.html", modified);
        const auto page = load("page.html");
        const auto field = fields(*page)["Last-Modified"];
        if (want != nullptr) {
            EXPECT_EQ(field, want);
            EXPECT_EQ(page->last_modified().time_since_epoch().count(), modified);
        } else {
            EXPECT_GE(page->last_modified(), now) << modified;
            EXPECT_LE(page->last_modified(), now + std::chrono::seconds(30)) << modified;
            EXPECT_EQ(page->validators().last_modified, page->last_modified());
        }
    }
}

TEST_F(Representations, say_what_they_are)
{
    tree.file("page.html", "x");
    tree.file("page.de.html.gz", "x");
    tree.file("unknown", "x");
    settle();
    const auto plain = fields(*load("page.html"));
    EXPECT_EQ(plain.at("Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(plain.at("Accept-Ranges"), "bytes");
    EXPECT_EQ(plain.at("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(plain.at("Cache-Control"), "no-cache");
    EXPECT_FALSE(plain.contains("Content-Encoding"));
    EXPECT_FALSE(plain.contains("Content-Language"));
    const auto coded = fields(*load("page.de.html.gz", ContentCoding::gzip, "de"));
    EXPECT_EQ(coded.at("Content-Encoding"), "gzip");
    EXPECT_EQ(coded.at("Content-Language"), "de");
    EXPECT_EQ(fields(*load("unknown")).at("Content-Type"), "application/octet-stream");
}

TEST_F(Representations, folders_are_handed_out_open)
{
    tree.folder("folder");
    const auto root = Root::open(tree.path());
    const auto loaded =
        Representation::load(*root, {"folder", &http::unknown_type, ContentCoding::identity, {}}, Blocking::yes);
    ASSERT_TRUE(loaded);
    EXPECT_FALSE(loaded->representation);
    EXPECT_TRUE(loaded->directory);
}

TEST_F(Representations, settled_is_what_no_further_change_can_hide_behind)
{
    const auto changed = [](std::chrono::nanoseconds ago) {
        http::FileIdentity identity;
        identity.changed = (base::wall_now().time_since_epoch() - ago).count();
        return identity;
    };
    using namespace std::chrono_literals;
    EXPECT_FALSE(is_settled(changed(0ms)));
    EXPECT_FALSE(is_settled(changed(10ms)));
    EXPECT_TRUE(is_settled(changed(20ms)));
    EXPECT_TRUE(is_settled(changed(1h)));
    EXPECT_FALSE(is_settled(changed(-10ms)));
    EXPECT_TRUE(is_settled(changed(-1h)));  // the clock was set back
}

// What a sender asks before the last piece.
TEST_F(Representations, an_open_file_is_unchanged_until_its_content_changes)
{
    struct Case {
        const char* name;
        void (*change)(const Tree&);
        bool is_unchanged;
    };
    const Case cases[] = {
        {"nothing", [](const Tree&) {}, true},
        {"removed", [](const Tree& tree) { tree.remove("file"); }, true},
        {"replaced", [](const Tree& tree) { tree.replace("file", "new"); }, true},
        {"written in place", [](const Tree& tree) { tree.file("file", noise(50'000, 2)); }, false},
        {"cut", [](const Tree& tree) { std::filesystem::resize_file(tree.path("file"), 10); }, false},
        {"appended to", [](const Tree& tree) { std::ofstream(tree.path("file"), std::ios::app) << 'x'; }, false},
    };
    for (const auto& [name, change, is_unchanged] : cases) {
        tree.file("file", noise(50'000));
        settle();
        const auto file = load("file");
        change(tree);
        EXPECT_EQ(file->file()->is_unchanged(), is_unchanged) << name;
        // What has no name any more can still be cut by who has it open.
        if (std::string_view(name) != "removed") continue;
        ASSERT_EQ(::ftruncate(::open(("/proc/self/fd/" + std::to_string(file->file()->fd())).c_str(), O_RDWR), 5), 0);
        EXPECT_FALSE(file->file()->is_unchanged());
    }
}

}  // namespace
}  // namespace cais::files
