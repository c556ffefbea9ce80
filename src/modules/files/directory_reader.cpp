#include "modules/files/directory_reader.h"

#include <cassert>
#include <cstring>

#include <dirent.h>
#include <unistd.h>

namespace cais::files {

DirectoryReader::~DirectoryReader()
{
    if (fd_ >= 0) ::close(fd_);
}

Result<bool> DirectoryReader::next(DirectoryEntry& entry)
{
    assert(buffer_.size() >= 4096);
    for (;;) {
        if (at_ == filled_) {
            const ssize_t got = ::getdents64(fd_, buffer_.data(), buffer_.size());
            if (got < 0 && errno == EINTR) continue;
            if (got < 0 && (errno == ENOENT || errno == ESTALE)) return false;  // removed while it was read
            if (got < 0) return fail_errno("read the directory");
            if (got == 0) return false;
            at_ = 0;
            filled_ = static_cast<std::size_t>(got);
        }
        // The kernel's record: its length and type stand before the name, which ends with a zero.
        const auto* record = buffer_.data() + at_;
        std::uint16_t record_length = 0;
        std::memcpy(&record_length, record + offsetof(dirent64, d_reclen), sizeof record_length);
        const auto* name = reinterpret_cast<const char*>(record + offsetof(dirent64, d_name));
        at_ += record_length;

        if (name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'))) continue;
        entry = {name, std::strlen(name), static_cast<unsigned char>(record[offsetof(dirent64, d_type)])};
        return true;
    }
}

Result<void> DirectoryReader::rewind()
{
    at_ = filled_ = 0;
    if (::lseek(fd_, 0, SEEK_SET) < 0) return fail_errno("read the directory again");
    return {};
}

}  // namespace cais::files
