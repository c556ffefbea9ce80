#include "cli/program_run.h"
#include "cli/system_store.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <vector>

namespace cais::cli {
namespace {

namespace fs = std::filesystem;

class SystemStoreTest : public testing::Test {
protected:
    SystemStoreTest()
    {
        std::string pattern = (fs::temp_directory_path() / "cais-store-XXXXXX").string();
        top_ = ::mkdtemp(pattern.data());
        store_ = {(top_ / "additions").string(), (top_ / "hashed").string(), (top_ / "update").string()};
        fs::create_directories(store_.hashed);
        std::ofstream(store_.tool) << "#!/bin/sh\n";
    }
    ~SystemStoreTest() override { fs::remove_all(top_); }
    [[nodiscard]] SystemPresence now() const { return presence(store_, "cais local authority 1a", "PEM\n"); }
    void add(const char* content) const
    {
        fs::create_directories(store_.additions);
        std::ofstream(store_.additions + "/cais-local-authority-1a.crt") << content;
    }
    void link() const
    {
        fs::create_symlink(store_.additions + "/cais-local-authority-1a.crt",
                           store_.hashed + "/cais-local-authority-1a.pem");
    }

    fs::path top_;
    SystemStore store_;
};

TEST_F(SystemStoreTest, no_debian)
{
    fs::remove(store_.tool);
    EXPECT_EQ(now(), SystemPresence::unknown_system);
}

TEST_F(SystemStoreTest, added_and_taken_in)
{
    EXPECT_EQ(now(), SystemPresence::absent);
    add("PEM\n");
    EXPECT_EQ(now(), SystemPresence::partly);
    link();
    EXPECT_EQ(now(), SystemPresence::present);
}

TEST_F(SystemStoreTest, deleted_and_not_yet_taken_out)
{
    link();
    EXPECT_EQ(now(), SystemPresence::partly);
}

TEST_F(SystemStoreTest, another_of_its_name)
{
    add("other");
    link();
    EXPECT_EQ(now(), SystemPresence::partly);
}

TEST(SystemStoreCommand, is_readable)
{
    EXPECT_EQ(command_to_add({}, "cais local authority 1a", "/home/ana/.local/state/cais/authority/root.crt"),
              "install -D -m 644 /home/ana/.local/state/cais/authority/root.crt "
              "/usr/local/share/ca-certificates/cais-local-authority-1a.crt && update-ca-certificates");
    EXPECT_EQ(command_to_remove({}, "cais local authority 1a"),
              "rm -f /usr/local/share/ca-certificates/cais-local-authority-1a.crt && update-ca-certificates");
}

// A name that a root of somebody else's could have never leaves the folder.
TEST(SystemStoreCommand, strange_names_stay_a_file_of_the_folder)
{
    EXPECT_EQ(command_to_remove({}, "../../../etc/passwd"),
              "rm -f /usr/local/share/ca-certificates/---------etc-passwd.crt && update-ca-certificates");
    EXPECT_EQ(command_to_remove({}, "a;b$c\n"),
              "rm -f /usr/local/share/ca-certificates/a-b-c-.crt && update-ca-certificates");
}

TEST(ShellWord, is_what_a_shell_reads)
{
    for (const std::string word :
         {"plain/path.crt", "", "two words", "it's", "$HOME", "`id`", "a\\b", "\"", "a\nb", "~", "*", "-"}) {
        const std::vector<std::string> words = {"sh", "-c", "printf %s. " + shell_word(word)};
        const auto run = run_program(words);
        ASSERT_TRUE(run);
        EXPECT_EQ(run->output, word + ".");
    }
}

TEST(ProgramRun, output_and_status)
{
    const std::vector<std::string> words = {"sh", "-c", "echo out; echo err >&2; echo $LC_ALL; cat; exit 3"};
    const auto run = run_program(words);
    ASSERT_TRUE(run);
    EXPECT_EQ(run->status, 3);
    EXPECT_EQ(run->output, "out\nerr\nC\n");
}

TEST(ProgramRun, signal)
{
    const std::vector<std::string> words = {"sh", "-c", "kill -9 $$"};
    const auto run = run_program(words);
    ASSERT_TRUE(run);
    EXPECT_EQ(run->status, 137);
}

TEST(ProgramRun, is_not_there)
{
    const std::vector<std::string> words = {"cais-no-such-program"};
    const auto run = run_program(words);
    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().kind, Error::not_found);
}

TEST(ProgramRun, does_not_end)
{
    const std::vector<std::string> words = {"sleep", "1000"};
    const auto run = run_program(words, std::chrono::milliseconds(50));
    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().kind, Error::timed_out);
}

TEST(ProgramRun, long_output_is_cut)
{
    const std::vector<std::string> words = {"sh", "-c", "head -c 300000 /dev/zero"};
    const auto run = run_program(words);
    ASSERT_TRUE(run);
    EXPECT_EQ(run->output.size(), std::size_t{64} * 1024);
}

}  // namespace
}  // namespace cais::cli
