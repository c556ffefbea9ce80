#include "http/open_file.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace cais::http {
namespace {

std::int64_t nanoseconds(const struct ::statx_timestamp& time) noexcept
{
    // Some file systems keep times of any year; what does not fit is as far away as can be said.
    constexpr std::int64_t most_seconds = 9'223'372'035;
    return std::clamp<std::int64_t>(time.tv_sec, -most_seconds, most_seconds) * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

const unsigned identity_mask = STATX_TYPE | STATX_INO | STATX_SIZE | STATX_MTIME | STATX_CTIME;

FileIdentity FileIdentity::of(const struct ::statx& status) noexcept
{
    return {(static_cast<std::uint64_t>(status.stx_dev_major) << 32) | status.stx_dev_minor, status.stx_ino,
            status.stx_size, nanoseconds(status.stx_mtime), nanoseconds(status.stx_ctime)};
}

base::Shared<const OpenFile> OpenFile::in_memory(std::string_view octets)
{
    io::Descriptor memory(::memfd_create("cais", MFD_CLOEXEC));
    if (!memory) return {};
    std::size_t written = 0;
    while (written < octets.size()) {
        const ssize_t some = ::write(memory.get(), octets.data() + written, octets.size() - written);
        if (some <= 0 && errno != EINTR) return {};
        if (some > 0) written += static_cast<std::size_t>(some);
    }
    FileIdentity identity;
    identity.size = octets.size();
    return base::make_counted<const OpenFile>(std::move(memory), identity, Kind::memory);
}

bool OpenFile::is_unchanged() const noexcept
{
    if (kind_ == Kind::memory) return true;
    struct ::statx status;
    if (::statx(file_.get(), "", AT_EMPTY_PATH, identity_mask | STATX_NLINK, &status) != 0) return false;
    FileIdentity now = FileIdentity::of(status);
    if (status.stx_nlink == 0) now.changed = identity_.changed;
    return now == identity_;
}

bool OpenFile::is_warm_before(std::uint64_t offset) const noexcept
{
    if (kind_ == Kind::memory || is_on_tmpfs_ || offset == 0) return true;
    char octet = 0;
    iovec vector{&octet, 1};
    if (::preadv2(file_.get(), &vector, 1, static_cast<off_t>(offset - 1), RWF_NOWAIT) >= 0) return true;
    if (errno != EOPNOTSUPP) return false;
    struct ::statfs system;
    is_on_tmpfs_ = ::fstatfs(file_.get(), &system) == 0 && system.f_type == TMPFS_MAGIC;
    return is_on_tmpfs_;
}

}  // namespace cais::http
