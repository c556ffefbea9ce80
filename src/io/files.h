// Small files of our own, read and written whole. All calls block on the disk: at the start, or on the pool.
#pragma once
#include "base/result.h"

#include <string>
#include <string_view>

#include <sys/types.h>

namespace cais::io {

// The whole of a regular file of at most `most` octets.
// Errors    not_found, denied, …; too_large; malformed: it is no regular file.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t most);

// Makes `path` hold `content`, with 0600 at most: written beside it, on the disk (fsync), then put in its place
// (rename), and that is on the disk too when this returns. Whenever the program ends, the file is the old one or the
// new one. What is left of one that was interrupted is called ".NAME.XXXXXX": see remove_leftovers.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view content, mode_t mode = 0600);

// Of replace_file, in `folder`: of nobody who is still writing.
void remove_leftovers(const std::string& folder);

// Makes a folder and those above it, where they are missing, with `mode`; on the disk when this returns.
[[nodiscard]] Result<void> make_folder(const std::string& path, mode_t mode = 0700);

// Removes a file; that it is not there is no error.
[[nodiscard]] Result<void> remove_file(const std::string& path);

}  // namespace cais::io
