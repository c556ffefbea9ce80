#include "base/handed_files.h"

#include <gtest/gtest.h>
#include <thread>

namespace cais::base {
namespace {

TEST(HandedFiles, are_there_as_long_as_they_are_used_and_on_that_thread)
{
    HandedFiles table;
    table.files["/key"] = {"secret", 0600, 0};
    EXPECT_EQ(handed_file("/key"), nullptr);
    {
        const HandedFiles::Use use(table);
        ASSERT_NE(handed_file("/key"), nullptr);
        EXPECT_EQ(handed_file("/key")->content, "secret");
        EXPECT_EQ(handed_file("/other"), nullptr);
        std::thread([] { EXPECT_EQ(handed_file("/key"), nullptr); }).join();
    }
    EXPECT_EQ(handed_file("/key"), nullptr);
}

TEST(HandedFiles, are_what_was_recorded)
{
    HandedFiles table;
    record_file("/before", {"x"});
    {
        const HandedFiles::Recording recording(table);
        record_file("/key", {"secret", 0640, 3});
    }
    record_file("/after", {"x"});
    ASSERT_EQ(table.files.size(), 1u);
    EXPECT_EQ(table.files.at("/key").mode, 0640u);
}

}  // namespace
}  // namespace cais::base
