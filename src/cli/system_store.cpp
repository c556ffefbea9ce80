#include "cli/system_store.h"

#include "base/text.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace cais::cli {
namespace {

namespace fs = std::filesystem;

std::string addition(const SystemStore& store, const std::string& name)
{
    std::string file = name;  // it may be of a root that was given to us
    std::ranges::replace_if(file, [](char c) { return !base::is_alphanumeric(c); }, '-');
    return store.additions + "/" + file + ".crt";
}

std::string link(const SystemStore& store, const std::string& name)
{
    return store.hashed + "/" + fs::path(addition(store, name)).stem().string() + ".pem";
}

}  // namespace

SystemPresence presence(const SystemStore& store, const std::string& name, const std::string& pem)
{
    std::error_code ignored;
    if (!fs::exists(store.tool, ignored)) return SystemPresence::unknown_system;
    const auto file = addition(store, name);
    const bool is_file = fs::exists(fs::symlink_status(file, ignored));
    const bool is_linked = fs::exists(fs::symlink_status(link(store, name), ignored));
    if (!is_file && !is_linked) return SystemPresence::absent;
    std::ifstream stream(file);
    const std::string content{std::istreambuf_iterator<char>(stream), {}};
    return is_file && is_linked && content == pem ? SystemPresence::present : SystemPresence::partly;
}

std::string shell_word(std::string_view word)
{
    constexpr base::OctetSet plain = base::OctetSet("-_./:+,@%").with('0', '9').with('a', 'z').with('A', 'Z');
    if (!word.empty() && plain.has_all(word)) return std::string(word);
    std::string text = "'";
    for (const char c : word) {
        if (c == '\'') text += "'\\''";
        else text += c;
    }
    return text + "'";
}

std::string command_to_add(const SystemStore& store, const std::string& name, const std::string& file)
{
    return "install -D -m 644 " + shell_word(file) + " " + shell_word(addition(store, name)) + " && " +
           fs::path(store.tool).filename().string();
}

std::string command_to_remove(const SystemStore& store, const std::string& name)
{
    return "rm -f " + shell_word(addition(store, name)) + " && " + fs::path(store.tool).filename().string();
}

}  // namespace cais::cli
