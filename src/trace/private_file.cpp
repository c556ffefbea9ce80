#include "trace/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::trace {

Result<int> open_private(const std::string& path, Opened opened)
{
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
    if (file < 0) return fail_errno("open the file");
    const auto failed = [&](std::unexpected<Error> error) {
        ::close(file);
        return error;
    };
    struct stat status{};
    if (::fstat(file, &status) != 0) return failed(fail_errno("look at the file"));
    if (!S_ISREG(status.st_mode)) return file;
    if ((status.st_mode & 07777) != 0600 && ::fchmod(file, 0600) != 0)
        return failed(fail_errno("keep the file from others"));
    if (opened == Opened::anew && ::ftruncate(file, 0) != 0) return failed(fail_errno("empty the file"));
    return file;
}

}  // namespace cais::trace
