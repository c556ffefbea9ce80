#include "tls/authority_folder.h"

#include "io/descriptor.h"

#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::tls {
namespace {

constexpr const char* root_file = "root.pem";
constexpr const char* certificate_file = "root.crt";
constexpr std::string_view unfinished = ".new-";  // with random digits behind it
constexpr std::size_t most_octets = 64 * 1024;

Result<io::Descriptor> open_folder(const std::string& folder)
{
    io::Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) return fail_errno("open the authority's folder");
    struct stat status{};
    if (::fstat(opened.get(), &status) != 0) return fail_errno("look at the authority's folder");
    if ((status.st_mode & S_IWOTH) != 0)
        return fail(Error::denied, "others may put another root.pem into the authority's folder: chmod 700 it, and "
                                   "delete what is in it if somebody may have done so");
    return opened;
}

// With what leads to it, which is as private: by default that is the state folder.
Result<void> make_folder(const std::string& folder)
{
    for (std::size_t end = folder.find('/', 1);; end = folder.find('/', end + 1)) {
        if (::mkdir(folder.substr(0, end).c_str(), S_IRWXU) != 0 && errno != EEXIST) {
            // What is above may be there and not ours to write in (EACCES, EROFS): what counts is the end.
            if (end == std::string::npos) return fail_errno("make the authority's folder");
        }
        if (end == std::string::npos) return {};
    }
}

Result<std::string> read_whole(int folder, const char* name)
{
    io::Descriptor file(::openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return fail_errno("open root.pem of the authority");
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) return fail_errno("look at root.pem of the authority");
    if (!S_ISREG(status.st_mode)) return fail(Error::malformed, "root.pem of the authority is no regular file");
    if (static_cast<std::size_t>(status.st_size) > most_octets)
        return fail(Error::malformed, "root.pem of the authority is no key: it is over 64 KiB long");
    std::string content(static_cast<std::size_t>(status.st_size), '\0');
    for (std::size_t at = 0; at < content.size();) {
        const auto got = ::pread(file.get(), content.data() + at, content.size() - at, static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno("read root.pem of the authority");
        if (got == 0) content.resize(at);
        at += static_cast<std::size_t>(got);
    }
    if ((status.st_mode & S_IRWXO) != 0 && std::string_view(name) == root_file)
        return fail(Error::denied, "root.pem of the authority holds its key, and others may use it: chmod 600 it, or "
                                   "delete it if it may have been read");
    return content;
}

std::string unfinished_name()
{
    std::uint64_t random = 0;
    // For a name alone: an early start's lack of entropy would only make it 0.
    [[maybe_unused]] const auto got = ::getrandom(&random, sizeof random, GRND_NONBLOCK);
    return std::string(unfinished) + std::to_string(random ^ static_cast<std::uint64_t>(::getpid()));
}

// A new file with this content, on the disk. Gives its name.
Result<std::string> write_unfinished(int folder, std::string_view content, mode_t mode)
{
    std::string name = unfinished_name();
    io::Descriptor file(::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!file) return fail_errno("write into the authority's folder");
    const auto gives_up = [&](const char* what) {
        const int number = errno;
        ::unlinkat(folder, name.c_str(), 0);
        return fail_errno(what, number);
    };
    while (!content.empty()) {
        const auto put = ::write(file.get(), content.data(), content.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return gives_up("write into the authority's folder");
        content.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0)
        return gives_up("write into the authority's folder");
    return name;
}

// What a process that was killed has left. Another that is just writing loses its file to us, and then finds, as when
// it comes second, that root.pem is there.
void remove_unfinished(const std::string& folder, int descriptor)
{
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(folder.c_str()), ::closedir);
    if (listing == nullptr) return;
    while (const dirent* entry = ::readdir(listing.get()))
        if (std::string_view(entry->d_name).starts_with(unfinished)) ::unlinkat(descriptor, entry->d_name, 0);
}

}  // namespace

Result<std::string> read_root(const std::string& folder)
{
    auto opened = open_folder(folder);
    if (!opened) return std::unexpected(opened.error());
    return read_whole(opened->get(), root_file);
}

Result<std::string> keep_root(const std::string& folder, std::string_view pem)
{
    if (auto made = make_folder(folder); !made) return std::unexpected(made.error());
    auto opened = open_folder(folder);
    if (!opened) return std::unexpected(opened.error());
    const int descriptor = opened->get();
    auto written = write_unfinished(descriptor, pem, S_IRUSR | S_IWUSR);
    if (!written) return std::unexpected(written.error());
    // A link, and not a rename: it never replaces.
    const int linked = ::linkat(descriptor, written->c_str(), descriptor, root_file, 0) == 0 ? 0 : errno;
    ::unlinkat(descriptor, written->c_str(), 0);
    if (linked != 0 && linked != EEXIST && linked != ENOENT)
        return fail_errno("name root.pem of the authority", linked);
    if (::fsync(descriptor) != 0) return fail_errno("write the authority's folder");
    return read_whole(descriptor, root_file);
}

Result<void> publish_root(const std::string& folder, std::string_view certificate)
{
    auto opened = open_folder(folder);
    if (!opened) return std::unexpected(opened.error());
    const int descriptor = opened->get();
    remove_unfinished(folder, descriptor);
    if (const auto there = read_whole(descriptor, certificate_file); there && *there == certificate) return {};
    auto written = write_unfinished(descriptor, certificate, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
    if (!written) return std::unexpected(written.error());
    if (::renameat(descriptor, written->c_str(), descriptor, certificate_file) != 0) {
        const int number = errno;
        if (number == ENOENT) return {};  // another that starts now has taken it for left behind, and writes the same
        ::unlinkat(descriptor, written->c_str(), 0);
        return fail_errno("write root.crt of the authority", number);
    }
    return {};
}

}  // namespace cais::tls
