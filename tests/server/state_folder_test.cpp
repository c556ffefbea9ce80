#include "server/notify.h"
#include "server/program.h"
#include "server/state_folder.h"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace cais::server {
namespace {

class StateFolderTest : public testing::Test {
protected:
    StateFolderTest()
    {
        std::string name = testing::TempDir() + "state-XXXXXX";
        folder = ::mkdtemp(name.data());
    }
    ~StateFolderTest() override { std::filesystem::remove_all(folder); }
    std::string folder;
};

TEST_F(StateFolderTest, is_made_for_its_owner_alone)
{
    const auto state = StateFolder::open(folder + "/a/b/state/", own_account());
    ASSERT_TRUE(state) << state.error();
    EXPECT_EQ(state->path(), folder + "/a/b/state");
    struct stat status{};
    ASSERT_EQ(::stat(state->path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0700u);
}

TEST_F(StateFolderTest, has_one_holder_who_is_named)
{
    {
        const auto state = StateFolder::open(folder, own_account());
        ASSERT_TRUE(state) << state.error();
        state->set_holder(4711);
        const auto second = StateFolder::open(folder, own_account());
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error(), "state folder " + folder + ": another cais, process 4711, uses it");
    }
    EXPECT_TRUE(StateFolder::open(folder, own_account()));
}

TEST_F(StateFolderTest, its_lock_changes_hands_with_a_descriptor)
{
    auto state = StateFolder::open(folder, own_account());
    ASSERT_TRUE(state) << state.error();
    auto next = StateFolder::inherit(folder, io::Descriptor(::dup(state->lock())), own_account());
    ASSERT_TRUE(next) << next.error();
    state->let_go();
    EXPECT_FALSE(StateFolder::open(folder, own_account()));
    next->let_go();
    EXPECT_TRUE(StateFolder::open(folder, own_account()));
}

TEST_F(StateFolderTest, a_lock_of_another_folder_is_none)
{
    auto other = StateFolder::open(folder + "/other", own_account());
    ASSERT_TRUE(other) << other.error();
    auto state = StateFolder::inherit(folder, io::Descriptor(::dup(other->lock())), own_account());
    ASSERT_TRUE(state) << state.error();
    EXPECT_FALSE(StateFolder::open(folder, own_account()));
}

TEST_F(StateFolderTest, one_that_others_may_write_is_refused)
{
    ASSERT_EQ(::chmod(folder.c_str(), 0770), 0);
    const auto state = StateFolder::open(folder, own_account());
    ASSERT_FALSE(state);
    EXPECT_THAT(state.error(), testing::HasSubstr("others may write in it"));
}

TEST_F(StateFolderTest, a_link_in_the_place_of_the_lock_is_refused)
{
    ASSERT_EQ(::symlink("/etc/passwd", (folder + "/lock").c_str()), 0);
    EXPECT_FALSE(StateFolder::open(folder, own_account()));
}

TEST(ProcessName, tells_a_process_from_a_later_one)
{
    const auto own = ProcessName::of(::getpid());
    EXPECT_TRUE(own.is_alive());
    EXPECT_FALSE((ProcessName{own.pid, own.began + 1}).is_alive());
    EXPECT_FALSE(ProcessName::of(-5).is_alive());
}

TEST(Inheritance, counts_only_for_whom_it_was_meant)
{
    ::setenv("CAIS_INHERITED", "1 lock=0 socket=0,127.0.0.1:80,0 old=1:1", 1);
    ::setenv("LISTEN_PID", "1", 1);
    ::setenv("LISTEN_FDS", "1", 1);
    const auto inheritance = Inheritance::take();
    EXPECT_FALSE(inheritance.lock);
    EXPECT_TRUE(inheritance.sockets.empty());
    EXPECT_TRUE(inheritance.old.empty());
    EXPECT_EQ(::getenv("CAIS_INHERITED"), nullptr);
    EXPECT_EQ(::getenv("LISTEN_FDS"), nullptr);
}

TEST(Inheritance, is_read_with_doubt)
{
    const std::string pid = std::to_string(::getpid());
    ::setenv("CAIS_INHERITED",
             (pid + " lock=99999 ready=x socket=1 socket=99999,127.0.0.1:80,0 old=7 old=8:9 text=a,b").c_str(), 1);
    const auto inheritance = Inheritance::take();
    EXPECT_FALSE(inheritance.lock);
    EXPECT_FALSE(inheritance.ready);
    EXPECT_TRUE(inheritance.sockets.empty());
    ASSERT_EQ(inheritance.old.size(), 1u);
    EXPECT_EQ(inheritance.old[0].pid, 8);
    EXPECT_EQ(inheritance.text, "a,b");
}

TEST(Notifier, nobody_is_told_where_nobody_asked)
{
    const Notifier notifier("");
    EXPECT_FALSE(notifier.is_heard());
    notifier.ready("serving");
    Notifier("relative").stopping();
    Notifier(std::string(200, '/')).stopping();
}

}  // namespace
}  // namespace cais::server
