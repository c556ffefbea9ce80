#include "../../rights.h"
#include "modules/auth/user_file.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

namespace cais::auth {
namespace {

class UserFile : public testing::Test {
protected:
    void SetUp() override
    {
        std::string pattern = std::filesystem::temp_directory_path() / "cais-users-XXXXXX";
        folder = ::mkdtemp(pattern.data());
        path = folder + "/users";
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    void write(std::string_view text, unsigned mode = 0600)
    {
        std::ofstream(path) << text;
        ::chmod(path.c_str(), mode);
    }
    // Gives the folder and what is in it to another, as only root may.
    void give_away(uid_t to) const
    {
        ASSERT_EQ(::chown(folder.c_str(), to, to), 0);
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            ASSERT_EQ(::lchown(entry.path().c_str(), to, to), 0);
    }
    static uid_t owner_of(const std::string& name)
    {
        struct stat status{};
        EXPECT_EQ(::lstat(name.c_str(), &status), 0);
        return status.st_uid;
    }
    static unsigned mode_of(const std::string& name)
    {
        struct stat status{};
        EXPECT_EQ(::lstat(name.c_str(), &status), 0);
        return status.st_mode & 07777;
    }

    std::string folder;
    std::string path;
};

TEST_F(UserFile, none_is_one_without_users)
{
    const auto read = read_users(path);
    ASSERT_TRUE(read);
    EXPECT_FALSE(read->identity.exists);
    EXPECT_EQ(read->text, "");
    EXPECT_EQ(identify(path)->exists, false);
}

TEST_F(UserFile, is_replaced_whole_and_lines_that_nobody_touched_stay)
{
    const std::string state = folder + "/state";
    {
        auto change = UserFileChange::open(state);
        ASSERT_TRUE(change) << base::describe(change.error());
        EXPECT_TRUE(change->lines.empty());
        change->lines = {"# a comment", "ana"};
        ASSERT_TRUE(change->commit());
    }
    EXPECT_EQ(mode_of(state), 0700u);
    EXPECT_EQ(mode_of(state + "/users"), 0600u);
    EXPECT_EQ(read_users(state + "/users")->text, "# a comment\nana\n");
    const auto before = *identify(state + "/users");
    {
        auto change = UserFileChange::open(state);
        ASSERT_TRUE(change);
        EXPECT_EQ(change->lines, (std::vector<std::string>{"# a comment", "ana"}));
        change->lines.emplace_back("broken = line");
        ASSERT_TRUE(change->commit());
    }
    EXPECT_NE(*identify(state + "/users"), before);
    EXPECT_EQ(read_users(state + "/users")->text, "# a comment\nana\nbroken = line\n");
    EXPECT_FALSE(std::filesystem::exists(state + "/users.new"));
}

TEST_F(UserFile, what_a_change_that_died_left_behind_does_no_harm)
{
    std::ofstream(folder + "/users.new") << "half";
    auto change = UserFileChange::open(folder);
    ASSERT_TRUE(change);
    change->lines = {"ana"};
    ASSERT_TRUE(change->commit());
    EXPECT_EQ(read_users(path)->text, "ana\n");
}

TEST_F(UserFile, changes_come_one_after_the_other)
{
    constexpr int writers = 4;
    constexpr int each = 10;
    std::vector<std::thread> threads;
    std::atomic<int> failed = 0;
    for (int writer = 0; writer < writers; ++writer) {
        threads.emplace_back([&, writer] {
            for (int i = 0; i < each; ++i) {
                auto change = UserFileChange::open(folder);
                if (!change) {
                    ++failed;
                    continue;
                }
                change->lines.push_back("user" + std::to_string(writer) + "-" + std::to_string(i));
                if (!change->commit()) ++failed;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(UserFileChange::open(folder)->lines.size(), static_cast<std::size_t>(writers * each));
}

TEST_F(UserFile, what_everybody_may_read_is_refused)
{
    for (const unsigned mode : {0604u, 0602u, 0601u}) {
        write("ana\n", mode);
        const auto read = read_users(path);
        ASSERT_FALSE(read) << std::oct << mode;
        EXPECT_EQ(read.error().kind, Error::denied);
    }
    write("ana\n", 0640);
    EXPECT_TRUE(read_users(path));
}

TEST_F(UserFile, a_link_a_folder_and_a_fifo_are_refused)
{
    write("ana\n");
    std::filesystem::create_symlink(path, folder + "/link");
    EXPECT_FALSE(read_users(folder + "/link"));
    std::filesystem::remove(path);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    EXPECT_FALSE(read_users(path));
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    EXPECT_FALSE(read_users(path));
    EXPECT_FALSE(UserFileChange::open(folder));
}

TEST_F(UserFile, root_does_not_copy_what_another_name_may_be_a_secret_of)
{
    write("ana\n");
    std::filesystem::create_hard_link(path, folder + "/other");
    EXPECT_TRUE(read_users(path));
    if (is_root()) {
        EXPECT_FALSE(UserFileChange::open(folder));
        give_away(NotRoot::nobody);
    }
    // Who is not root writes nothing for another by it.
    const NotRoot user;
    EXPECT_TRUE(UserFileChange::open(folder));
}

TEST_F(UserFile, that_is_too_large_is_refused)
{
    write("");
    std::filesystem::resize_file(path, 16 * 1024 * 1024 + 1);
    const auto read = read_users(path);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, Error::too_large);
}

TEST_F(UserFile, root_leaves_it_to_its_owner)
{
    const auto put = [this] {
        auto change = UserFileChange::open(folder);
        ASSERT_TRUE(change) << base::describe(change.error());
        change->lines = {"ana"};
        ASSERT_TRUE(change->commit());
    };
    if (is_root()) {
        give_away(33);
        put();
        struct stat status{};
        ASSERT_EQ(::stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_uid, 33u);
        EXPECT_EQ(status.st_gid, 33u);
        EXPECT_EQ(owner_of(folder + "/users.lock"), 33u);
        give_away(NotRoot::nobody);
    }
    // Anybody else's is his own.
    const NotRoot user;
    put();
    EXPECT_EQ(owner_of(path), ::geteuid());
    EXPECT_EQ(owner_of(folder + "/users.lock"), ::geteuid());
}

}  // namespace
}  // namespace cais::auth
