// Where the browsers of one user look for certificates that they trust, beside those that they come with: NSS
// databases, a folder with cert9.db each.
#pragma once
#include <string>
#include <vector>

namespace cais::cli {

struct BrowserStore {
    enum class Browser : unsigned char { chromium, firefox };
    std::string folder;
    Browser browser;
    bool exists;   // else it is made
    bool is_read;  // by a browser, today; one that is not may still hold what was put there when it was
};

// Absolute paths; the last two are empty where the environment does not set them.
struct Home {
    std::string folder;
    std::string data;    // XDG_DATA_HOME
    std::string config;  // XDG_CONFIG_HOME
};

// Chromium since M146, and what is built from it: ~/.pki/nssdb where that folder is there, else pki/nssdb in the data
// folder, which it makes (seen with 156: strace). Earlier ones know the first alone. This one is always named. Those in
// packages that bring a home of their own (snap, flatpak) are named where they have a database.
// Firefox: each folder of a profile that has a database; it makes one with its first start. Its profiles are in
// ~/.mozilla/firefox, in mozilla/firefox of the configuration folder, in those packages' homes, or where a profiles.ini
// says.
// Each folder once, those of Chromium first. Reads folders; what cannot be read is left out.
[[nodiscard]] std::vector<BrowserStore> browser_stores(const Home& home);

}  // namespace cais::cli
