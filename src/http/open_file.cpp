#include "http/open_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace cais::http {
namespace {

std::int64_t nanoseconds(const struct ::statx_timestamp& time) noexcept
{
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

const unsigned identity_mask = STATX_TYPE | STATX_INO | STATX_SIZE | STATX_MTIME | STATX_CTIME;

FileIdentity FileIdentity::of(const struct ::statx& status) noexcept
{
    return {(static_cast<std::uint64_t>(status.stx_dev_major) << 32) | status.stx_dev_minor, status.stx_ino,
            status.stx_size, nanoseconds(status.stx_mtime), nanoseconds(status.stx_ctime)};
}

bool OpenFile::is_unchanged() const noexcept
{
    struct ::statx status;
    return ::statx(file_.get(), "", AT_EMPTY_PATH, identity_mask, &status) == 0 && FileIdentity::of(status) == identity_;
}

}  // namespace cais::http
