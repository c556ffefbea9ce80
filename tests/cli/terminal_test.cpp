#include "cli/terminal.h"

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace cais::cli {
namespace {

const std::vector<std::string> two = {"http://127.0.0.1:8080", "http://[::1]:8080"};

TEST(Banner, says_what_is_served_and_where)
{
    EXPECT_EQ(banner({"0.1.0", "/home/ana/site", two, true}, Colour::off), "cais 0.1.0 serves /home/ana/site\n"
                                                                           "  http://127.0.0.1:8080\n"
                                                                           "  http://[::1]:8080\n"
                                                                           "Ctrl+C stops it.\n");
}

TEST(Banner, never_takes_more_than_four_lines)
{
    const std::vector<std::string> many(5, "http://127.0.0.1:8080");
    const auto text = banner({"0.1.0", "/srv", many, true}, Colour::off);
    EXPECT_EQ(std::ranges::count(text, '\n'), 4);
    EXPECT_NE(text.find("  http://127.0.0.1:8080 and 3 more\n"), std::string::npos);
}

TEST(Banner, nobody_at_a_keyboard_is_not_told_of_it)
{
    EXPECT_EQ(banner({"0.1.0", "/srv", {}, false}, Colour::off), "cais 0.1.0 serves /srv\n");
}

TEST(Banner, coloured_or_not_the_words_are_the_same_and_names_are_escaped)
{
    const Banner what{"0.1.0", "/srv/\x1b[31m\n", two, true};
    const auto plain = banner(what, Colour::off);
    EXPECT_EQ(plain.find('\x1b'), std::string::npos);
    EXPECT_NE(plain.find("/srv/\\x1b[31m\\x0a\n"), std::string::npos);

    std::string without;
    const auto coloured = banner(what, Colour::on);
    for (std::size_t i = 0; i < coloured.size(); ++i) {
        if (coloured[i] == '\x1b') i = coloured.find('m', i);
        else without += coloured[i];
    }
    EXPECT_EQ(without, plain);
    EXPECT_NE(coloured, plain);
}

class TerminalColour : public testing::Test {
protected:
    void SetUp() override
    {
        ::unsetenv("NO_COLOR");
        ::setenv("TERM", "xterm", 1);
        controller_ = ::posix_openpt(O_RDWR | O_NOCTTY);
        if (controller_ < 0 || ::grantpt(controller_) != 0 || ::unlockpt(controller_) != 0)
            FAIL() << "this machine gives no pseudo-terminal";
        terminal = ::open(::ptsname(controller_), O_RDWR | O_NOCTTY);
        ASSERT_GE(terminal, 0);
    }
    void TearDown() override
    {
        ::close(controller_);
        ::close(terminal);
    }
    int terminal = -1;

private:
    int controller_ = -1;
};

TEST_F(TerminalColour, on_for_a_terminal)
{
    EXPECT_TRUE(is_terminal(terminal));
    EXPECT_EQ(colour_of(terminal), Colour::on);
}

TEST_F(TerminalColour, off_with_NO_COLOR_unless_it_is_empty)
{
    ::setenv("NO_COLOR", "1", 1);
    EXPECT_EQ(colour_of(terminal), Colour::off);
    ::setenv("NO_COLOR", "", 1);
    EXPECT_EQ(colour_of(terminal), Colour::on);
}

TEST_F(TerminalColour, off_for_a_dumb_terminal)
{
    ::setenv("TERM", "dumb", 1);
    EXPECT_EQ(colour_of(terminal), Colour::off);
}

TEST(Terminal, a_file_and_a_closed_descriptor_are_none)
{
    const int file = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    EXPECT_FALSE(is_terminal(file));
    EXPECT_EQ(colour_of(file), Colour::off);
    ::close(file);
    EXPECT_FALSE(is_terminal(file));
}

}  // namespace
}  // namespace cais::cli
