// A site that is built anew: the folder's name leads to another directory.
#include "modules/files/root.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace cais::files {
namespace {

namespace fs = std::filesystem;

class RootFollow : public testing::Test {
protected:
    void SetUp() override
    {
        std::string pattern = (fs::temp_directory_path() / "cais-root-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        above = pattern;
        fs::create_directory(above / "site");
        std::ofstream(above / "site" / "old") << "1";
    }
    void TearDown() override { fs::remove_all(above); }

    fs::path above;
};

TEST_F(RootFollow, what_took_its_place_is_the_root)
{
    auto root = Root::open((above / "site").string());
    ASSERT_TRUE(root);
    fs::rename(above / "site", above / "before");
    fs::create_directory(above / "site");
    std::ofstream(above / "site" / "new") << "2";
    EXPECT_FALSE(root->open_file("new", Blocking::yes));
    root->follow();
    EXPECT_TRUE(root->open_file("new", Blocking::yes));
    EXPECT_FALSE(root->open_file("old", Blocking::yes));
}

TEST_F(RootFollow, nothing_changes_while_none_is_there_or_it_is_the_same)
{
    auto root = Root::open((above / "site").string());
    ASSERT_TRUE(root);
    root->follow();
    EXPECT_TRUE(root->open_file("old", Blocking::yes));
    fs::rename(above / "site", above / "before");
    root->follow();
    EXPECT_TRUE(root->open_file("old", Blocking::yes));
    std::ofstream(above / "site") << "a file";
    root->follow();
    EXPECT_TRUE(root->open_file("old", Blocking::yes));
}

}  // namespace
}  // namespace cais::files
