#include "config/document.h"

#include <gtest/gtest.h>

namespace cais::config {
namespace {

std::string said_of(std::string text)
{
    const auto document = Document::of("site.toml", std::move(text), "docs/configuration.md");
    return document->diagnostics().text();
}

struct Wrong {
    const char* name;
    const char* text;
    const char* said;
};

constexpr Wrong mistakes[] = {
    {"a_duration_without_quotes", "a = 1\nidle = 30s\n",
     "site.toml:2:8: error: this is no value of TOML\n"
     "    2 | idle = 30s\n"
     "      |        ^^^ text stands in quotes, as do sizes and durations: \"64KiB\", \"30s\"\n"},
    {"a_word_without_quotes", "a = yes\n",
     "site.toml:1:5: error: this is no value of TOML\n"
     "    1 | a = yes\n"
     "      |     ^^^ text stands in quotes, as do sizes and durations: \"64KiB\", \"30s\"\n"},
    {"all_mistakes_that_stay_within_a_line", "a = 30s\nb = 1\nc 2\n",
     "site.toml:1:5: error: this is no value of TOML\n"
     "    1 | a = 30s\n"
     "      |     ^^^ text stands in quotes, as do sizes and durations: \"64KiB\", \"30s\"\n"
     "site.toml:3:3: error: no TOML: in a key-value pair: expected '=', saw '2'\n"
     "    3 | c 2\n"
     "      |   ^\n"},
    {"a_key_twice", "a = 1\n  a = 2\n",
     "site.toml:2:3: error: `a` is given a second time\n"
     "    2 |   a = 2\n"
     "      |   ^\n"},
    {"a_table_twice", "[a]\n[b]\n[a]\n",
     "site.toml:3:1: error: `a` is given a second time\n"
     "    3 | [a]\n"
     "      | ^^^\n"},
    {"octets_that_are_no_utf8", "a = 1\nb = \"\xFF\"\n",
     "site.toml:2:1: error: the file is not UTF-8\n"
     "    2 | b = \"?\"\n"
     "      | ^\n"},
    {"a_list_that_never_ends", "a = [1,\n2\n",
     "site.toml:2:2: error: no TOML: in an array: encountered end-of-file\n"
     "    2 | 2\n"
     "      |  ^\n"},
};

class DocumentMistake : public testing::TestWithParam<Wrong> {};
TEST_P(DocumentMistake, is_told_at_its_place) { EXPECT_EQ(said_of(GetParam().text), GetParam().said); }
INSTANTIATE_TEST_SUITE_P(, DocumentMistake, testing::ValuesIn(mistakes), [](auto& info) { return info.param.name; });

TEST(Document, a_second_value_does_not_hide_what_else_is_there)
{
    const auto document = Document::of("f", "a = 1\na = 2\n[b]\nc = true\n");
    EXPECT_TRUE(document->is_readable());
    EXPECT_EQ(document->diagnostics().errors(), 1u);
    auto root = document->root();
    EXPECT_EQ(root.number("a", 0, 9, 7), 1u);
    EXPECT_TRUE(root.table("b")->flag("c", false));
}

TEST(Document, that_is_no_toml_is_not_readable)
{
    EXPECT_FALSE(Document::of("f", "a = \n")->is_readable());
    EXPECT_FALSE(Document::of("f", "\xFF = 1\n")->is_readable());
    EXPECT_FALSE(Document::of("f", std::string(100, '['))->is_readable());
    EXPECT_FALSE(Document::of("f", "\xCD\x8C")->is_readable());
    EXPECT_FALSE(Document::of("f", "\xC3\xA4 = 1")->is_readable());
    EXPECT_TRUE(Document::of("f", "")->is_readable());
    EXPECT_TRUE(Document::of("f", "\xEF\xBB\xBFkey = 1\r\n")->is_readable());
}

TEST(Document, that_is_not_there)
{
    const auto document = Document::read("/nowhere/site.toml");
    EXPECT_FALSE(document->is_readable());
    EXPECT_EQ(document->diagnostics().text(), "/nowhere/site.toml: error: No such file or directory\n");
    EXPECT_TRUE(Document::read("/")->diagnostics().has_errors());
}

TEST(Document, paths_begin_where_the_file_is)
{
    const auto document = Document::of("conf/site.toml", "", {}, "conf");
    EXPECT_EQ(document->resolve("key.pem"), "conf/key.pem");
    EXPECT_EQ(document->resolve("../key.pem"), "conf/../key.pem");
    EXPECT_EQ(document->resolve("/key.pem"), "/key.pem");
    EXPECT_EQ(Document::of("site.toml", "")->resolve("key.pem"), "key.pem");
}

TEST(Diagnostics, are_in_the_order_of_the_file_and_counted)
{
    Diagnostics diagnostics("f", "one\ntwo\n");
    diagnostics.warning({2, 1, 3}, "second");
    diagnostics.error({1, 2, 2}, "first");
    diagnostics.error({}, "of it all", "do something");
    EXPECT_EQ(diagnostics.errors(), 2u);
    EXPECT_EQ(diagnostics.warnings(), 1u);
    EXPECT_EQ(diagnostics.text(), "f: error: of it all\n  do something\n"
                                  "f:1:2: error: first\n    1 | one\n      |  ^^\n"
                                  "f:2:1: warning: second\n    2 | two\n      | ^^^\n");
    const std::vector<std::string> lines = {"f: error: of it all", "f:1:2: error: first", "f:2:1: warning: second"};
    EXPECT_EQ(diagnostics.lines(), lines);
}

TEST(Diagnostics, are_coloured_where_that_is_wanted)
{
    Diagnostics diagnostics("f", "one\n");
    diagnostics.error({1, 1, 3}, "first");
    EXPECT_EQ(diagnostics.text(Colour::on),
              "\x1b[1mf:1:1: \x1b[31merror:\x1b[0m first\n    1 | one\n      | \x1b[32m^^^\x1b[0m\n");
}

TEST(Diagnostics, are_bounded)
{
    Diagnostics diagnostics("f", "");
    for (int i = 0; i < 250; ++i) diagnostics.error({}, "again");
    EXPECT_EQ(diagnostics.errors(), 250u);
    EXPECT_TRUE(diagnostics.text().ends_with("and 150 more\n"));
}

TEST(Diagnostics, columns_are_characters_and_controls_are_not_shown)
{
    Diagnostics diagnostics("f\x1b", "\xC3\xA4\t\x1b[31m = x\r\n");
    diagnostics.error({1, 10, 1}, "x");
    EXPECT_EQ(diagnostics.text(), "f\\x1b:1:10: error: x\n    1 | \xC3\xA4  [31m = x\n      |          ^\n");
}

TEST(Diagnostics, show_no_control_of_what_they_repeat)
{
    Diagnostics diagnostics("f", "");
    diagnostics.error({}, "unknown key `a\x1b[31m\n\u202eb\xff`", "did you mean `\x07`?");
    EXPECT_EQ(diagnostics.text(), "f: error: unknown key `a [31m ?b?`\n  did you mean ` `?\n");
}

TEST(Diagnostics, of_a_long_line_show_the_part_around_the_place)
{
    Diagnostics diagnostics("f", std::string(500, 'a') + "!" + std::string(500, 'b'));
    diagnostics.error({1, 501, 1}, "x");
    const std::string text = diagnostics.text();
    EXPECT_LT(text.size(), 350u);
    EXPECT_NE(text.find("aa!bb"), std::string::npos);
}

TEST(Diagnostics, show_no_secret)
{
    Diagnostics diagnostics("f", "key = \"hunter2\" x\n");
    diagnostics.hide({1, 7, 9});
    diagnostics.error({1, 17, 1}, "x");
    EXPECT_EQ(diagnostics.text().find("hunter2"), std::string::npos);
}

TEST(Nearest, is_a_slip_away)
{
    const std::vector<std::string> words = {"hosts", "listen", "tls", "headers", "https_redirect", "hsts"};
    EXPECT_EQ(nearest("host", words), "hosts");
    EXPECT_EQ(nearest("lsiten", words), "listen");
    EXPECT_EQ(nearest("Listen", words), "listen");
    EXPECT_EQ(nearest("header", words), "headers");
    EXPECT_EQ(nearest("https", words), "https_redirect");
    EXPECT_EQ(nearest("colour", words), "");
    EXPECT_EQ(nearest("x", words), "");
    EXPECT_EQ(nearest(std::string(100, 'x'), words), "");
}

}  // namespace
}  // namespace cais::config
