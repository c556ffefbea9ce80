#include "cli/browser_stores.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

namespace cais::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class BrowserStores : public testing::Test {
protected:
    BrowserStores()
    {
        std::string pattern = (fs::temp_directory_path() / "cais-home-XXXXXX").string();
        top_ = fs::canonical(::mkdtemp(pattern.data()));
        home_.folder = top_ / "ana";
        fs::create_directory(home_.folder);
    }
    ~BrowserStores() override { fs::remove_all(top_); }

    void make_database(const std::string& folder) const
    {
        fs::create_directories(home_.folder / fs::path(folder));
        std::ofstream(home_.folder / fs::path(folder) / "cert9.db") << "x";
    }
    // "c+ .pki/nssdb": a store of Chromium that exists; "-": it does not; "o": it is not read.
    [[nodiscard]] std::vector<std::string> found() const
    {
        std::vector<std::string> all;
        for (const auto& store : browser_stores(home_)) {
            std::string line = store.browser == BrowserStore::Browser::chromium ? "c" : "f";
            line += store.exists ? "+" : "-";
            if (!store.is_read) line += "o";
            all.push_back(line + " " + fs::path(store.folder).lexically_relative(home_.folder).string());
        }
        return all;
    }

    fs::path top_;
    Home home_;
};

TEST_F(BrowserStores, chromium_without_any_makes_the_new_one)
{
    EXPECT_THAT(found(), ElementsAre("c- .local/share/pki/nssdb"));
}

TEST_F(BrowserStores, chromium_reads_the_old_one_where_its_folder_is)
{
    fs::create_directories(home_.folder / fs::path(".pki/nssdb"));
    EXPECT_THAT(found(), ElementsAre("c- .pki/nssdb"));
    make_database(".pki/nssdb");
    EXPECT_THAT(found(), ElementsAre("c+ .pki/nssdb"));
}

TEST_F(BrowserStores, chromium_has_left_the_new_one)
{
    make_database(".pki/nssdb");
    make_database(".local/share/pki/nssdb");
    EXPECT_THAT(found(), ElementsAre("c+ .pki/nssdb", "c+o .local/share/pki/nssdb"));
}

TEST_F(BrowserStores, chromium_s_folder_above_is_not_enough)
{
    fs::create_directories(home_.folder / fs::path(".pki"));
    EXPECT_THAT(found(), ElementsAre("c- .local/share/pki/nssdb"));
}

TEST_F(BrowserStores, xdg_folders)
{
    home_.data = home_.folder + "/data";
    home_.config = home_.folder + "/config";
    make_database("data/pki/nssdb");
    make_database("config/mozilla/firefox/a.default");
    EXPECT_THAT(found(), ElementsAre("c+ data/pki/nssdb", "f+ config/mozilla/firefox/a.default"));
}

TEST_F(BrowserStores, firefox_profiles_that_have_a_database)
{
    make_database(".mozilla/firefox/b.default-release");
    make_database(".mozilla/firefox/a.dev");
    fs::create_directories(home_.folder / fs::path(".mozilla/firefox/Crash Reports"));
    EXPECT_THAT(found(), ElementsAre("c- .local/share/pki/nssdb", "f+ .mozilla/firefox/a.dev",
                                     "f+ .mozilla/firefox/b.default-release"));
}

TEST_F(BrowserStores, firefox_profile_elsewhere)
{
    make_database("elsewhere/profile");
    make_database(".mozilla/firefox/a.default");
    std::ofstream(home_.folder + "/.mozilla/firefox/profiles.ini")
        << "[Profile0]\nName=default\nIsRelative=1\nPath=a.default\n\n[Profile1]\nIsRelative=0\nPath=" << home_.folder
        << "/elsewhere/profile\r\n[Profile2]\nIsRelative=0\nPath=/nowhere\n";
    EXPECT_THAT(found(),
                ElementsAre("c- .local/share/pki/nssdb", "f+ .mozilla/firefox/a.default", "f+ elsewhere/profile"));
}

TEST_F(BrowserStores, packages_with_a_home_of_their_own)
{
    make_database("snap/chromium/current/.pki/nssdb");
    make_database("snap/firefox/common/.mozilla/firefox/s.default");
    make_database(".var/app/org.chromium.Chromium/data/pki/nssdb");
    make_database(".var/app/org.mozilla.firefox/.mozilla/firefox/p.default");
    EXPECT_THAT(found(), ElementsAre("c- .local/share/pki/nssdb", "c+ snap/chromium/current/.pki/nssdb",
                                     "c+ .var/app/org.chromium.Chromium/data/pki/nssdb",
                                     "f+ snap/firefox/common/.mozilla/firefox/s.default",
                                     "f+ .var/app/org.mozilla.firefox/.mozilla/firefox/p.default"));
}

TEST_F(BrowserStores, one_folder_under_two_names_is_one)
{
    make_database(".mozilla/firefox/a.default");
    fs::create_directory_symlink("a.default", home_.folder + "/.mozilla/firefox/link");
    EXPECT_THAT(found(), ElementsAre("c- .local/share/pki/nssdb", "f+ .mozilla/firefox/a.default"));
}

}  // namespace
}  // namespace cais::cli
