#include "tls/file.h"

#include "base/handed_files.h"
#include "io/descriptor.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::tls {
namespace {

constexpr std::size_t most_octets = std::size_t{4} << 20;

}  // namespace

Result<File> read_file(const std::string& path)
{
    if (const auto* handed = base::handed_file(path)) return File{handed->content, handed->mode};
    // O_NONBLOCK: a FIFO is refused below and not waited for.
    const io::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file) return fail_errno("open the file");
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) return fail_errno("look at the file");
    if (!S_ISREG(status.st_mode)) return fail(Error::unsupported, "it is no regular file");
    File result{.content = {}, .mode = status.st_mode & 07777u};
    char piece[16 * 1024];
    for (;;) {
        const ssize_t got = ::read(file.get(), piece, sizeof piece);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno("read the file");
        if (got == 0) break;
        result.content.append(piece, static_cast<std::size_t>(got));
        if (result.content.size() > most_octets) return fail(Error::too_large, "the file is larger than 4 MiB");
    }
    base::record_file(path, {result.content, result.mode, status.st_uid});
    return result;
}

}  // namespace cais::tls
