// The names in an open directory, read in large pieces: getdents64 into a buffer of the caller's, nothing allocated.
#pragma once
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace cais::files {

// A name and what the directory itself says of it. `.` and `..` are never given.
struct DirectoryEntry {
    const char* name = "";  // ends with a zero; valid until the next call of next()
    std::size_t length = 0;
    unsigned char type = 0;  // DT_REG, DT_DIR, …; DT_UNKNOWN where the file system does not say
    [[nodiscard]] std::string_view view() const noexcept { return {name, length}; }
};

class DirectoryReader {
public:
    // `directory_fd` is owned from here on.
    explicit DirectoryReader(int directory_fd) noexcept
        : fd_(directory_fd)
    {
    }
    DirectoryReader(const DirectoryReader&) = delete;
    DirectoryReader& operator=(const DirectoryReader&) = delete;
    ~DirectoryReader();

    // Where names are read into; it outlives the reader. At least 4 KiB, aligned for 8 octets.
    void use(std::span<std::byte> buffer) noexcept { buffer_ = buffer; }

    // The next name, false where none is left. Blocks.
    // A directory that has been removed has no names left: that is an end, no error.
    // Errors    whatever the file system says: the names given so far are not all.
    [[nodiscard]] Result<bool> next(DirectoryEntry& entry);

    // The next name is the first again.
    [[nodiscard]] Result<void> rewind();

    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    int fd_;
    std::span<std::byte> buffer_;
    std::size_t at_ = 0;
    std::size_t filled_ = 0;
};

}  // namespace cais::files
