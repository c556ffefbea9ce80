#include "config/file.h"

#include "base/handed_files.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::config {
namespace {

struct Closed {
    int descriptor;
    ~Closed() { ::close(descriptor); }
};

}  // namespace

Result<File> read_file(const std::string& path, std::size_t most)
{
    if (const auto* handed = base::handed_file(path)) {
        if (handed->content.size() > most) return fail(Error::too_large, "the file is too large");
        return File{handed->content, handed->mode, handed->owner};
    }
    // O_NONBLOCK: a FIFO is refused below and not waited for.
    const Closed file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (file.descriptor < 0) return fail_errno("open it");
    struct stat status{};
    if (::fstat(file.descriptor, &status) != 0) return fail_errno("look at it");
    if (S_ISDIR(status.st_mode)) return fail(Error::unsupported, "it is a folder, not a file");
    if (!S_ISREG(status.st_mode)) return fail(Error::unsupported, "it is no regular file");
    File result{.content = {}, .mode = status.st_mode & 07777u, .owner = status.st_uid};
    char buffer[16 * 1024];
    for (;;) {
        const ssize_t got = ::read(file.descriptor, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno("read it");
        if (got == 0) {
            base::record_file(path, {result.content, result.mode, result.owner});
            return result;
        }
        if (result.content.size() + static_cast<std::size_t>(got) > most)
            return fail(Error::too_large, "the file is too large");
        result.content.append(buffer, static_cast<std::size_t>(got));
    }
}

}  // namespace cais::config
