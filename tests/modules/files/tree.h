// A folder of its own for a test, removed at the end; and how to make things in it.
#pragma once
#include <chrono>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::files {

class Tree {
public:
    explicit Tree(const std::string& where = testing::TempDir())
        : path_(where + "cais-files-XXXXXX")
    {
        if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary folder");
        ::chmod(path_.c_str(), 0755);
    }
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;
    ~Tree()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }

    // Written anew, in place where it is there already; folders on the way are made.
    void file(std::string_view name, std::string_view content) const
    {
        std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
        std::ofstream to(path(name), std::ios::binary | std::ios::trunc);
        to.write(content.data(), static_cast<std::streamsize>(content.size()));
        to.close();
        if (!to) throw std::runtime_error("cannot write a file");
    }
    // As editors do it: another file takes the name.
    void replace(std::string_view name, std::string_view content) const
    {
        file("replacement", content);
        std::filesystem::rename(path("replacement"), path(name));
    }
    void folder(std::string_view name) const { std::filesystem::create_directories(path(name)); }
    void link(std::string_view name, std::string_view target) const
    {
        std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
        std::filesystem::remove(path(name));
        std::filesystem::create_symlink(target, path(name));
    }
    void remove(std::string_view name) const { std::filesystem::remove_all(path(name)); }
    void rename(std::string_view from, std::string_view to) const { std::filesystem::rename(path(from), path(to)); }

private:
    std::string path_;
};

// Longer than the 20 ms in which a file that was changed is not kept.
inline void settle() { std::this_thread::sleep_for(std::chrono::milliseconds(30)); }

// What `make` gives, made within the 20 ms in which a change is fresh: a busy machine needs more than one try.
template <class Make>
auto in_time(Make make)
{
    for (;;) {
        const auto began = std::chrono::steady_clock::now();
        auto made = make();
        if (std::chrono::steady_clock::now() - began < std::chrono::milliseconds(12)) return made;
    }
}

// Text that compresses to about a third.
inline std::string prose(std::size_t bytes)
{
    constexpr std::string_view words[] = {"quay ",  "harbour ", "a ship ",  "the tide ",
                                          "rope, ", "crane; ",  "at noon\n"};
    std::mt19937 random(1);
    std::string text;
    while (text.size() < bytes) {
        text += words[random() % std::size(words)];
        if (random() % 4 == 0) text += std::to_string(random());
    }
    text.resize(bytes);
    return text;
}

// Nothing that a coding makes smaller.
inline std::string noise(std::size_t bytes, unsigned seed = 1)
{
    std::mt19937 random(seed);
    std::string octets(bytes, '\0');
    for (char& octet : octets) octet = static_cast<char>(random());
    return octets;
}

// As somebody who may read only what all may read: root, as whom tests may run, is refused nothing.
class AsNobody {
public:
    AsNobody() { ::setfsuid(65534); }
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;
    ~AsNobody() { ::setfsuid(::geteuid()); }
};

}  // namespace cais::files
