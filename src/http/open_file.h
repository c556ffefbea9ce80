// An open file that several bodies send from, and what it was when it was opened.
#pragma once
#include "base/shared.h"
#include "io/descriptor.h"

#include <cstdint>
#include <string_view>

struct statx;

namespace cais::http {

// What tells that a file is still the same: the inode and its last change. The kernel's clock of files is coarse, so a
// change within some 20 ms of another may not show; writers through mmap do not show before they sync.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t modified = 0;  // nanoseconds since 1970
    std::int64_t changed = 0;   // the inode's change time, the same

    bool operator==(const FileIdentity&) const = default;
    [[nodiscard]] static FileIdentity of(const struct ::statx& status) noexcept;
};


// The mask that statx needs for FileIdentity::of.
extern const unsigned identity_mask;

class OpenFile final : public base::Counted {
public:
    enum class Kind : std::uint8_t {
        file,    // others may change it
        memory,  // ours alone, in memory, and never changed again
    };
    OpenFile(io::Descriptor file, const FileIdentity& identity, Kind kind = Kind::file) noexcept
        : file_(std::move(file)), identity_(identity), kind_(kind)
    {
    }
    // Octets in memory that leave by sendfile, without a copy for each receiver. Empty where the kernel has no room.
    [[nodiscard]] static base::Shared<const OpenFile> in_memory(std::string_view octets);

    [[nodiscard]] int fd() const noexcept { return file_.get(); }
    [[nodiscard]] const FileIdentity& identity() const noexcept { return identity_; }
    // Whether the content is what it was. A file that was removed, or replaced by renaming another over it, has a new
    // change time and its old content: that is no change. Cost: one statx by descriptor.
    [[nodiscard]] bool is_unchanged() const noexcept;
    // Whether reading up to `offset` (the octet before it) will not wait for a disk. Cost: one read of one octet that
    // gives up rather than wait. File systems that cannot say so (overlayfs) count as cold, tmpfs as warm.
    [[nodiscard]] bool is_warm_before(std::uint64_t offset) const noexcept;

private:
    io::Descriptor file_;
    FileIdentity identity_;
    Kind kind_;
    mutable bool is_on_tmpfs_ = false;
};

}  // namespace cais::http
