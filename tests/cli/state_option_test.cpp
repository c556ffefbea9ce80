#include "../rights.h"
#include "cli/state_option.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace cais::cli {
namespace {

namespace fs = std::filesystem;

class StateOptionOrder : public testing::Test {
protected:
    void SetUp() override
    {
        std::string pattern = fs::temp_directory_path() / "cais-state-XXXXXX";
        folder = ::mkdtemp(pattern.data());
        ::setenv("XDG_STATE_HOME", (folder + "/xdg").c_str(), 1);
        fallback = ::geteuid() == 0 ? "/var/lib/cais" : folder + "/xdg/cais";
    }
    void TearDown() override
    {
        ::unsetenv("XDG_STATE_HOME");
        fs::remove_all(folder);
    }
    std::string write(const std::string& name, const std::string& text, unsigned mode = 0644)
    {
        const auto file = folder + "/" + name;
        std::ofstream(file) << text;
        ::chmod(file.c_str(), mode);
        return file;
    }
    [[nodiscard]] auto choose(const std::string& given = {}) const
    {
        return StateOption::choose(given, folder + "/here.toml", folder + "/system.toml");
    }

    std::string folder;
    std::string fallback;
};

TEST_F(StateOptionOrder, without_any_file_the_default)
{
    const auto state = choose();
    ASSERT_TRUE(state) << state.error();
    EXPECT_EQ(state->folder, fallback);
    EXPECT_EQ(state->file, "");
    EXPECT_EQ(state->realm, "cais");
    EXPECT_EQ(state->user, "");
    EXPECT_EQ(told(*state), "state: " + fallback + "\n");
}

TEST_F(StateOptionOrder, given_then_here_then_the_systems)
{
    const auto system = write("system.toml", "state = \"/s\"\n");
    EXPECT_EQ(choose()->folder, "/s");
    const auto here = write("here.toml", "state = \"below\"\nuser = \"cais\"\n[auth]\nrealm = \"quay\"\n");
    const auto state = choose();
    ASSERT_TRUE(state) << state.error();
    EXPECT_EQ(state->folder, folder + "/below") << "relative to the file";
    EXPECT_EQ(state->file, here);
    EXPECT_EQ(state->realm, "quay");
    EXPECT_EQ(state->user, "cais");
    EXPECT_EQ(told(*state), "state: " + folder + "/below (" + here + ")\n");
    const auto given = write("given.toml", "state = \"/g\"\n", 0666);
    EXPECT_EQ(choose(given)->folder, "/g");
    EXPECT_EQ(choose(given)->user, "www-data");
}

TEST_F(StateOptionOrder, a_file_here_that_others_may_write_is_passed_over_and_told)
{
    const auto here = write("here.toml", "state = \"/evil\"\n", 0664);
    auto state = choose();
    ASSERT_TRUE(state);
    EXPECT_EQ(state->folder, fallback);
    EXPECT_EQ(state->passed_over, here + " is not used: others may write it");
    EXPECT_TRUE(told(*state).starts_with("cais: " + here + " is not used"));
    if (!is_root()) return;  // only root gives files away
    ::chmod(here.c_str(), 0644);
    ASSERT_EQ(::chown(here.c_str(), 65534, 65534), 0);
    state = choose();
    EXPECT_EQ(state->folder, fallback);
    EXPECT_EQ(state->passed_over, here + " is not used: it is somebody else's");
}

TEST_F(StateOptionOrder, what_is_wrong_is_an_error_and_only_where_it_matters)
{
    write("here.toml", "state = 1\n");
    EXPECT_FALSE(choose());
    write("here.toml", "state = \n");
    EXPECT_FALSE(choose());
    write("here.toml", "state = \"/s\"\n[[site]]\nwrong = true\n");
    EXPECT_EQ(choose()->folder, "/s");
    EXPECT_FALSE(choose(folder + "/nothing.toml"));
}

}  // namespace
}  // namespace cais::cli
