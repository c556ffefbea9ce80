#include "cli/browser_stores.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace cais::cli {
namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path)
{
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

bool has_database(const fs::path& folder)
{
    std::error_code ignored;
    return fs::is_regular_file(folder / "cert9.db", ignored);
}

// In the order of their names.
std::vector<fs::path> folders_in(const fs::path& folder)
{
    std::vector<fs::path> all;
    std::error_code error;
    for (fs::directory_iterator at(folder, fs::directory_options::skip_permission_denied, error), end;
         !error && at != end; at.increment(error))
        if (is_folder(at->path())) all.push_back(at->path());
    std::ranges::sort(all);
    return all;
}

class Search {
public:
    void add(const fs::path& folder, BrowserStore::Browser browser, bool is_read)
    {
        std::error_code error;
        const fs::path real = fs::weakly_canonical(folder, error);
        const auto name = error ? folder.string() : real.string();
        if (std::ranges::find(found, name, &BrowserStore::folder) == found.end())
            found.push_back({name, browser, has_database(folder), is_read});
    }

    // Of the two, the one that Chromium reads; the other where it holds something.
    void chromium(const fs::path& old, const fs::path& present, bool even_without)
    {
        const bool is_old = is_folder(old);
        for (const bool of_old : {true, false}) {
            const auto& folder = of_old ? old : present;
            const bool is_read = of_old == is_old;
            if (has_database(folder) || (is_read && even_without))
                add(folder, BrowserStore::Browser::chromium, is_read);
        }
    }

    void firefox(const fs::path& profiles)
    {
        for (const auto& folder : folders_in(profiles))
            if (has_database(folder)) add(folder, BrowserStore::Browser::firefox, true);
        for (const auto& folder : profiles_elsewhere(profiles / "profiles.ini"))
            if (has_database(folder)) add(folder, BrowserStore::Browser::firefox, true);
    }

    std::vector<BrowserStore> found;

private:
    // `Path=` of profiles that are kept elsewhere (`IsRelative=0`): these are absolute, and the others were found.
    static std::vector<fs::path> profiles_elsewhere(const fs::path& file)
    {
        std::vector<fs::path> all;
        std::ifstream lines(file);
        for (std::string line; std::getline(lines, line) && all.size() < 1000;) {
            if (line.ends_with('\r')) line.pop_back();
            if (line.starts_with("Path=/")) all.emplace_back(line.substr(5));
        }
        return all;
    }
};

}  // namespace

std::vector<BrowserStore> browser_stores(const Home& home)
{
    const fs::path own = home.folder;
    const fs::path data = home.data.empty() ? own / ".local/share" : fs::path(home.data);
    const fs::path config = home.config.empty() ? own / ".config" : fs::path(home.config);
    const auto flatpaks = folders_in(own / ".var/app");

    Search search;
    search.chromium(own / ".pki/nssdb", data / "pki/nssdb", true);
    search.chromium(own / "snap/chromium/current/.pki/nssdb", own / "snap/chromium/current/.local/share/pki/nssdb",
                    false);
    for (const auto& flatpak : flatpaks) search.chromium(flatpak / ".pki/nssdb", flatpak / "data/pki/nssdb", false);

    search.firefox(own / ".mozilla/firefox");
    search.firefox(config / "mozilla/firefox");
    search.firefox(own / "snap/firefox/common/.mozilla/firefox");
    for (const auto& flatpak : flatpaks) {
        search.firefox(flatpak / ".mozilla/firefox");
        search.firefox(flatpak / "config/mozilla/firefox");
    }
    return search.found;
}

}  // namespace cais::cli
