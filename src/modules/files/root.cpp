#include "modules/files/root.h"

#include <cerrno>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cais::files {
namespace {

int openat2(int directory, const char* path, std::uint64_t flags, std::uint64_t resolve) noexcept
{
    open_how how{};
    how.flags = flags;
    how.resolve = resolve;
    for (;;) {
        const long fd = ::syscall(SYS_openat2, directory, path, &how, sizeof how);
        if (fd >= 0 || errno != EINTR) return static_cast<int>(fd);
    }
}

}  // namespace

Result<Root> Root::open(const std::string& directory)
{
    io::Descriptor fd(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return fail_errno("open the folder");
    // Once, so that a kernel or a sandbox without it is found out at the start and not by the first visitor.
    const io::Descriptor tried(openat2(fd.get(), ".", O_PATH | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS));
    if (!tried && (errno == ENOSYS || errno == EPERM))
        return fail(Error::unsupported,
                    "the system call openat2, which keeps every path inside the folder, is not available: "
                    "Linux 5.6 or newer is needed, and a container's seccomp profile must allow it");
    if (!tried) return fail_errno("open the folder");
    return Root({std::move(fd), directory});
}

void Root::follow() noexcept
{
    struct ::statx there;
    struct ::statx ours;
    if (::statx(AT_FDCWD, directory_->name.c_str(), AT_NO_AUTOMOUNT, STATX_TYPE | STATX_INO, &there) != 0) return;
    if (::statx(fd_, "", AT_EMPTY_PATH, STATX_INO, &ours) != 0) return;
    const bool is_same = there.stx_ino == ours.stx_ino && there.stx_dev_major == ours.stx_dev_major &&
                         there.stx_dev_minor == ours.stx_dev_minor;
    if (is_same || !S_ISDIR(there.stx_mode)) return;
    const io::Descriptor fresh(::open(directory_->name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    // In the place of the old one, at once for every thread: jobs on the pool know the number.
    if (fresh) ::dup3(fresh.get(), fd_, O_CLOEXEC);
}

Result<io::Descriptor> Root::open_file(const char* path, Blocking blocking) const
{
    const std::uint64_t cached = blocking == Blocking::no ? RESOLVE_CACHED : 0;
    io::Descriptor fd;
    // With Blocking::yes EAGAIN means that something was renamed while a `..` of a symbolic link was followed.
    for (int tries = 0; !fd && tries < 8; ++tries) {
        fd = io::Descriptor(openat2(fd_, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                                    RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | cached));
        if (blocking == Blocking::no || errno != EAGAIN) break;
    }
    if (fd) return fd;
    // EINVAL: a kernel before 5.12 does not know RESOLVE_CACHED.
    if (blocking == Blocking::no && (errno == EAGAIN || errno == EINVAL))
        return fail(Error::busy, "the path is not in the cache");
    if (errno == EAGAIN) return fail(Error::busy, "the tree changes while the path is followed");
    // A socket, or a device without a driver.
    if (errno == ENXIO || errno == ENODEV) return fail(Error::not_found, "neither a regular file nor a folder");
    return fail_errno("open a file");
}

int Root::look(const char* path) const noexcept
{
    return openat2(fd_, path, O_PATH | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
}

bool Root::status(const char* path, struct ::statx& to) const noexcept
{
    return ::statx(fd_, path, AT_NO_AUTOMOUNT, http::identity_mask, &to) == 0;
}

}  // namespace cais::files
