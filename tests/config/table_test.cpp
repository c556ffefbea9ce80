#include "config/document.h"
#include "config/table.h"

#include <cstdlib>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace cais::config {
namespace {

using namespace std::chrono_literals;

struct Case {
    const char* name;
    const char* text;
    void (*read)(Table&);
    const char* said;  // with the line, without excerpt
};

constexpr std::string_view words[] = {"off", "common", "json"};

constexpr Case cases[] = {
    {"text", "a = 1", [](Table& t) { EXPECT_FALSE(t.text("a")); }, "f:1:5: error: `a` wants text, not a number"},
    {"text_with_nul", "a = \"x\\u0000y\"", [](Table& t) { EXPECT_FALSE(t.text("a")); },
     "f:1:5: error: `a` holds a NUL"},
    {"texts", "a = [\"x\", 2]", [](Table& t) { EXPECT_EQ(t.texts("a").size(), 2u); },
     "f:1:11: error: `a` wants text or a list of texts, not a number"},
    {"texts_empty", "a = []", [](Table& t) { EXPECT_TRUE(t.texts("a").empty()); },
     "f:1:5: error: `a` is an empty list"},
    {"path_empty", "a = \"\"", [](Table& t) { EXPECT_FALSE(t.path("a")); }, "f:1:5: error: `a` is empty"},
    {"flag", "a = \"yes\"", [](Table& t) { EXPECT_TRUE(t.flag("a", true)); },
     "f:1:5: error: `a` wants true or false, not text"},
    {"number", "a = 1.5", [](Table& t) { EXPECT_EQ(t.number("a", 1, 9, 4), 4u); },
     "f:1:5: error: `a` wants a whole number, not a fraction"},
    {"number_below", "a = -1", [](Table& t) { EXPECT_EQ(t.number("a", 0, 9, 4), 4u); },
     "f:1:5: error: `a` is a whole number from 0 to 9"},
    {"number_above", "a = 10", [](Table& t) { EXPECT_EQ(t.number("a", 0, 9, 4), 4u); },
     "f:1:5: error: `a` is a whole number from 0 to 9"},
    {"number_without_bound", "a = 0", [](Table& t) { EXPECT_EQ(t.number("a", 1, UINT64_MAX, 4), 4u); },
     "f:1:5: error: `a` is a whole number from 1"},
    {"size", "a = 64", [](Table& t) { EXPECT_EQ(t.size("a", 7), 7u); },
     "f:1:5: error: `a` wants a size in quotes, such as \"64KiB\", not a number"},
    {"size_unit", "a = \"64K\"", [](Table& t) { EXPECT_EQ(t.size("a", 7), 7u); },
     "f:1:5: error: `a`: the unit of a size is B, KiB, MiB or GiB: write it as 64KiB"},
    {"duration", "a = 30", [](Table& t) { EXPECT_EQ(t.duration("a", 7s), 7s); },
     "f:1:5: error: `a` wants a duration in quotes, such as \"30s\", not a number"},
    {"duration_of_nothing", "a = \"0s\"", [](Table& t) { EXPECT_EQ(t.duration("a", 7s), 7s); },
     "f:1:5: error: `a`: it must be longer than nothing"},
    {"choice", "a = \"jsn\"", [](Table& t) { EXPECT_FALSE(t.choice("a", words)); },
     "f:1:5: error: `a` is `off`, `common` or `json`"},
    {"table", "a = 1979-05-27", [](Table& t) { EXPECT_FALSE(t.table("a")); },
     "f:1:5: error: `a` wants a table, not a date or time"},
    {"tables", "a = [1]", [](Table& t) { EXPECT_TRUE(t.tables("a").empty()); },
     "f:1:6: error: `a` wants a list of tables, not a number"},
    {"unknown_in_a_table", "[proxy]\nansver = 1", [](Table& t) { (void)t.table("proxy")->has("answer"); },
     "f:2:1: error: unknown key `ansver` in `proxy`"},
    {"unknown_in_a_list", "[[a]]\nb = 1\n[[a]]\nc = 1",
     [](Table& t) {
         for (auto& table : t.tables("a")) (void)table.has("b");
     },
     "f:4:1: error: unknown key `c` in `a`"},
    {"what_is_in_an_unknown_table_is_not_told", "[a]\nb = 1\n", [](Table&) {}, "f:1:2: error: unknown key `a`"},
    {"secret_not_in_the_environment", "a = \"env:CAIS_NO_SUCH_NAME\"", [](Table& t) { EXPECT_FALSE(t.secret("a")); },
     "f:1:5: error: `a`: the environment has no `CAIS_NO_SUCH_NAME`"},
    {"secret_not_in_a_file", "a = \"file:/nowhere/x\"", [](Table& t) { EXPECT_FALSE(t.secret("a")); },
     "f:1:5: error: `a`: /nowhere/x: open it: No such file or directory"},
    {"secret_that_is_empty", "a = \"\"", [](Table& t) { EXPECT_FALSE(t.secret("a")); },
     "f:1:5: error: `a`: it is empty"},
};

class TableMistake : public testing::TestWithParam<Case> {};
TEST_P(TableMistake, is_told_at_its_place_and_the_fallback_is_given)
{
    const auto document = Document::of("f", GetParam().text);
    ASSERT_TRUE(document->is_readable()) << document->diagnostics().text();
    Table root = document->root();
    GetParam().read(root);
    document->report_unknown();
    ASSERT_EQ(document->diagnostics().lines().size(), 1u) << document->diagnostics().text();
    EXPECT_EQ(document->diagnostics().lines()[0], GetParam().said);
}
INSTANTIATE_TEST_SUITE_P(, TableMistake, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(Table, reads_what_is_there)
{
    const auto document = Document::of("conf/f", R"(
text = "x"
list = ["a", "b"]
paths = ["/a", "b"]
flag = true
number = 0x10
size = "64KiB"
duration = "30s"
choice = "json"
inner = { a = 1 }
[[many]]
a = 1
[[many]]
a = 2
)",
                                       {}, "conf");
    Table root = document->root();
    EXPECT_EQ(root.text("text"), "x");
    EXPECT_EQ(root.texts("text"), (std::vector<std::string>{"x"}));
    EXPECT_EQ(root.texts("list"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(root.paths("paths"), (std::vector<std::string>{"/a", "conf/b"}));
    EXPECT_TRUE(root.flag("flag", false));
    EXPECT_EQ(root.number("number", 0, 99, 0), 16u);
    EXPECT_EQ(root.size("size", 0), 65536u);
    EXPECT_EQ(root.duration("duration", 1s), 30s);
    EXPECT_EQ(root.choice("choice", words), 2u);
    EXPECT_EQ(root.table("inner")->number("a", 0, 9, 0), 1u);
    ASSERT_EQ(root.tables("many").size(), 2u);
    EXPECT_EQ(root.tables("many")[0].number("a", 0, 9, 0), 1u);
    EXPECT_EQ(root.tables("many")[1].number("a", 0, 9, 0), 2u);
    EXPECT_EQ(root.tables("inner").size(), 1u);
    EXPECT_EQ(root.kind("list"), Table::Kind::list);
    EXPECT_EQ(root.kind("nothing"), Table::Kind::none);
    document->report_unknown();
    EXPECT_EQ(document->diagnostics().text(), "");
}

TEST(Table, what_is_not_there_is_the_fallback)
{
    const auto document = Document::of("f", "");
    Table root = document->root();
    EXPECT_FALSE(root.text("a") || root.path("b") || root.secret("c") || root.table("d") || root.choice("e", words));
    EXPECT_TRUE(root.texts("a").empty() && root.paths("b").empty() && root.tables("c").empty() && root.keys().empty());
    EXPECT_EQ(root.number("a", 1, 9, 0), 0u);
    EXPECT_EQ(root.size("a", 7), 7u);
    EXPECT_EQ(root.duration("a", 7s), 7s);
    EXPECT_TRUE(root.flag("a", true));
    EXPECT_FALSE(document->diagnostics().has_errors());
}

TEST(Table, has_shorter_forms)
{
    const auto document = Document::of("f", "files = \"/srv\"\ncors = true\nold = false\nlist = [\"a\"]\nother = 5\n");
    Table root = document->root();
    EXPECT_EQ(root.table("files", {.key = "root"})->text("root"), "/srv");
    EXPECT_EQ(root.table("files", {.key = "root"})->name(), "files");
    EXPECT_EQ(root.table("files", {.key = "root"})->where("root").column, 9u);
    EXPECT_TRUE(root.table("cors", {.true_is_empty = true}));
    EXPECT_FALSE(root.table("old", {.true_is_empty = true}));
    EXPECT_EQ(root.table("list", {.key = "to"})->texts("to").size(), 1u);
    EXPECT_FALSE(document->diagnostics().has_errors());
    EXPECT_FALSE(root.table("other", {.true_is_empty = true}));
    EXPECT_EQ(document->diagnostics().lines().back(), "f:5:9: error: `other` wants a table, or true, not a number");
}

TEST(Table, a_shorter_form_has_no_unknown_key_when_read)
{
    const auto document = Document::of("f", "files = \"/srv\"\n");
    Table root = document->root();
    EXPECT_TRUE(root.table("files", {.key = "root"})->has("root"));
    document->report_unknown();
    EXPECT_EQ(document->diagnostics().text(), "");
}

TEST(Table, suggestions_name_the_page)
{
    const auto document = Document::of("site.toml", "[proxy]\nto = \"x\"\ntimout = \"30s\"\n");
    Table proxy = *document->root().table("proxy");
    proxy.described_in("docs/modules/proxy.md");
    (void)proxy.has("to");
    (void)proxy.has("timeout");
    document->report_unknown();
    EXPECT_EQ(document->diagnostics().text(), "site.toml:3:1: error: unknown key `timout` in `proxy`\n"
                                              "    3 | timout = \"30s\"\n"
                                              "      | ^^^^^^ did you mean `timeout`? (docs/modules/proxy.md)\n");
}

TEST(Table, keys_of_the_users_are_all_known)
{
    const auto document = Document::of("f", "\"X-Frame-Options\" = \"DENY\"\nServer = false\n");
    EXPECT_EQ(document->root().keys(), (std::vector<std::string>{"X-Frame-Options", "Server"}));
    document->report_unknown();
    EXPECT_FALSE(document->diagnostics().has_errors());
}

TEST(Table, secrets_come_from_the_environment_and_from_files)
{
    const std::string folder = testing::TempDir();
    const std::string file = folder + "/cais-secret";
    std::ofstream(file) << "from the file\n";
    ::chmod(file.c_str(), 0640);
    ::setenv("CAIS_TEST_SECRET", "from the environment", 1);
    const auto document = Document::of(
        "f", "a = \"env:CAIS_TEST_SECRET\"\nb = \"file:cais-secret\"\nc = \"itself\"\nd = 5\n", {}, folder);
    Table root = document->root();
    EXPECT_EQ(root.secret("a"), "from the environment");
    EXPECT_EQ(root.secret("b"), "from the file");
    EXPECT_EQ(root.secret("c"), "itself");
    EXPECT_FALSE(document->diagnostics().has_errors());
    EXPECT_EQ(document->diagnostics().warnings(), 0u);

    // Others may read it, which is said; and a secret that stands in the file itself is never shown.
    ::chmod(file.c_str(), 0644);
    EXPECT_EQ(root.secret("b"), "from the file");
    EXPECT_EQ(document->diagnostics().warnings(), 1u);
    root.error("c", "wrong");
    EXPECT_EQ(document->diagnostics().text().find("itself"), std::string::npos);
    ::unlink(file.c_str());
}

}  // namespace
}  // namespace cais::config
