// An open file that several bodies send from, and what it was when it was opened.
#pragma once
#include "base/shared.h"
#include "io/descriptor.h"

#include <cstdint>

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
    OpenFile(io::Descriptor file, const FileIdentity& identity) noexcept : file_(std::move(file)), identity_(identity) {}
    [[nodiscard]] int fd() const noexcept { return file_.get(); }
    [[nodiscard]] const FileIdentity& identity() const noexcept { return identity_; }
    // Whether the file is what it was. Cost: one statx by descriptor.
    [[nodiscard]] bool is_unchanged() const noexcept;

private:
    io::Descriptor file_;
    FileIdentity identity_;
};

}  // namespace cais::http
