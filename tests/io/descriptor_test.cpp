#include "io/descriptor.h"

#include <cerrno>
#include <gtest/gtest.h>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace cais::io {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(Descriptor, closes_what_it_owns)
{
    int fd = -1;
    {
        const Descriptor owner(::dup(0));
        fd = owner.get();
        EXPECT_TRUE(owner);
        EXPECT_TRUE(is_open(fd));
    }
    EXPECT_FALSE(is_open(fd));
    EXPECT_FALSE(Descriptor());
    EXPECT_FALSE(Descriptor(-1));
}

TEST(Descriptor, moves_and_lets_go)
{
    Descriptor first(::dup(0));
    const int fd = first.get();
    Descriptor second = std::move(first);
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is the question
    EXPECT_EQ(second.get(), fd);
    EXPECT_EQ(second.release(), fd);
    EXPECT_TRUE(is_open(fd));
    ::close(fd);
}

TEST(Descriptor, an_assignment_closes_what_was_there_at_once)
{
    Descriptor kept(::dup(0));
    Descriptor other(::dup(0));
    const int old = kept.get();
    const int fresh = other.get();
    kept = std::move(other);
    EXPECT_FALSE(is_open(old));
    EXPECT_TRUE(is_open(fresh));
    kept.close();
    EXPECT_FALSE(is_open(fresh));
    kept.close();
}

}  // namespace
}  // namespace cais::io
