#include "io/files.h"

#include "io/descriptor.h"

#include <array>
#include <cstdlib>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::io {
namespace {

std::string folder_of(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

Result<void> sync_folder(const std::string& folder)
{
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) return fail_errno("open a folder");
    // Some file systems cannot, and need not.
    if (::fsync(opened.get()) != 0 && errno != EINVAL) return fail_errno("write a folder");
    return {};
}

Result<void> write_all(int file, std::string_view content)
{
    while (!content.empty()) {
        const ssize_t written = ::write(file, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail_errno("write a file");
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file) != 0) return fail_errno("write a file");
    return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t most)
{
    // A pipe must not keep us waiting.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return fail_errno("open a file");
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) return fail_errno("look at a file");
    if (!S_ISREG(status.st_mode)) return fail(Error::malformed, "it is no regular file");
    std::string content;
    for (;;) {
        std::array<char, 16 * 1024> piece;
        const ssize_t got = ::read(file.get(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno("read a file");
        if (got == 0) return content;
        if (content.size() + static_cast<std::size_t>(got) > most)
            return fail(Error::too_large, "the file is larger than it can be");
        content.append(piece.data(), static_cast<std::size_t>(got));
    }
}

Result<void> replace_file(const std::string& path, std::string_view content, mode_t mode)
{
    const std::string folder = folder_of(path);
    std::string beside = folder + "/." + std::string(name_of(path)) + ".XXXXXX";
    const Descriptor file(::mkostemp(beside.data(), O_CLOEXEC));  // 0600
    if (!file) return fail_errno("make a file");
    auto written = write_all(file.get(), content);
    if (written && mode != 0600 && ::fchmod(file.get(), mode) != 0) written = fail_errno("write a file");
    if (written && ::rename(beside.c_str(), path.c_str()) != 0) written = fail_errno("put a file in its place");
    if (!written) {
        ::unlink(beside.c_str());
        return written;
    }
    return sync_folder(folder);
}

void remove_leftovers(const std::string& folder)
{
    const std::unique_ptr<DIR, int (*)(DIR*)> opened(::opendir(folder.c_str()), ::closedir);
    if (!opened) return;
    while (const dirent* entry = ::readdir(opened.get())) {
        const std::string_view name = entry->d_name;
        if (name.size() > 8 && name.front() == '.' && name[name.size() - 7] == '.')
            ::unlinkat(::dirfd(opened.get()), entry->d_name, 0);
    }
}

Result<void> make_folder(const std::string& path, mode_t mode)
{
    if (::mkdir(path.c_str(), mode) == 0) return sync_folder(folder_of(path));
    if (errno == EEXIST) {
        struct stat status{};
        if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
        return fail(Error::exists, "something that is no folder has its name");
    }
    const std::string above = folder_of(path);
    if (errno != ENOENT || above == path) return fail_errno("make a folder");
    auto made = make_folder(above, mode);
    if (!made) return made;
    if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return fail_errno("make a folder");
    return sync_folder(above);
}

Result<void> remove_file(const std::string& path)
{
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno("remove a file");
    return {};
}

}  // namespace cais::io
