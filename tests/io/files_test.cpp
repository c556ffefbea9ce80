#include "io/files.h"

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::io {
namespace {

class Files : public testing::Test {
protected:
    void SetUp() override
    {
        std::string name = testing::TempDir() + "/files.XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
    }
    [[nodiscard]] std::vector<std::string> names() const
    {
        std::vector<std::string> found;
        DIR* opened = ::opendir(folder.c_str());
        while (const dirent* entry = ::readdir(opened))
            if (std::string_view(entry->d_name) != "." && std::string_view(entry->d_name) != "..")
                found.emplace_back(entry->d_name);
        ::closedir(opened);
        return found;
    }
    static mode_t mode_of(const std::string& path)
    {
        struct stat status{};
        EXPECT_EQ(::stat(path.c_str(), &status), 0);
        return status.st_mode & 0777;
    }
    std::string folder;
};

TEST_F(Files, replace_makes_and_replaces)
{
    const std::string path = folder + "/a.pem";
    ASSERT_TRUE(replace_file(path, "one"));
    EXPECT_EQ(read_file(path, 100).value_or(""), "one");
    EXPECT_EQ(mode_of(path), 0600u);
    ASSERT_TRUE(replace_file(path, "two", 0644));
    EXPECT_EQ(read_file(path, 100).value_or(""), "two");
    EXPECT_EQ(mode_of(path), 0644u);
    EXPECT_EQ(names(), std::vector<std::string>{"a.pem"});
}

TEST_F(Files, what_cannot_be_put_in_place_leaves_nothing)
{
    ASSERT_EQ(::mkdir((folder + "/a").c_str(), 0700), 0);
    ASSERT_EQ(::mkdir((folder + "/a/b").c_str(), 0700), 0);
    EXPECT_FALSE(replace_file(folder + "/a", "one"));
    EXPECT_EQ(names(), std::vector<std::string>{"a"});
    EXPECT_EQ(replace_file(folder + "/none/a", "one").error().kind, Error::not_found);
}

TEST_F(Files, leftovers_of_interrupted_writes_go_and_nothing_else)
{
    for (const char* name : {"/a.pem", "/.a.pem.Xy12ab", "/.hidden", "/.x.Xy12a", "/b.Xy12ab"})
        ASSERT_TRUE(replace_file(folder + name, ""));
    remove_leftovers(folder);
    auto left = names();
    std::ranges::sort(left);
    EXPECT_EQ(left, (std::vector<std::string>{".hidden", ".x.Xy12a", "a.pem", "b.Xy12ab"}));
    remove_leftovers(folder + "/none");
}

TEST_F(Files, read_is_bounded_and_takes_regular_files_alone)
{
    ASSERT_TRUE(replace_file(folder + "/a", std::string(40'000, 'x')));
    EXPECT_EQ(read_file(folder + "/a", 40'000).value_or("").size(), 40'000u);
    EXPECT_EQ(read_file(folder + "/a", 39'999).error().kind, Error::too_large);
    EXPECT_EQ(read_file(folder + "/b", 1).error().kind, Error::not_found);
    EXPECT_EQ(read_file(folder, 1).error().kind, Error::malformed);
    ASSERT_EQ(::mkfifo((folder + "/pipe").c_str(), 0600), 0);
    EXPECT_EQ(read_file(folder + "/pipe", 1).error().kind, Error::malformed);
}

TEST_F(Files, folders_are_made_with_those_above)
{
    ASSERT_TRUE(make_folder(folder + "/a/b/c"));
    EXPECT_EQ(mode_of(folder + "/a"), 0700u);
    EXPECT_EQ(mode_of(folder + "/a/b/c"), 0700u);
    EXPECT_TRUE(make_folder(folder + "/a/b/c"));
    ASSERT_TRUE(replace_file(folder + "/f", ""));
    EXPECT_EQ(make_folder(folder + "/f").error().kind, Error::exists);
    EXPECT_FALSE(make_folder(folder + "/f/g"));
}

TEST_F(Files, removing_what_is_not_there_is_done_already)
{
    ASSERT_TRUE(replace_file(folder + "/a", ""));
    EXPECT_TRUE(remove_file(folder + "/a"));
    EXPECT_TRUE(remove_file(folder + "/a"));
    EXPECT_TRUE(names().empty());
}

}  // namespace
}  // namespace cais::io
