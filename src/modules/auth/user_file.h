// The file `users` in the state folder: read whole by a server, changed a line at a time by `cais user`.
//
// It is never changed in place: a new file is written, synced and renamed over it, so that a reader has the old or the
// new one whole, and a machine that dies leaves one of the two. Mode 0600; a file that others may read is refused, and
// so is one that is a symbolic link. Who writes it as root leaves it to the owner that it had.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "io/descriptor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cais::auth {

// What tells one state of the file from another.
struct FileIdentity {
    bool exists = false;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    base::WallTime modified{};
    base::WallTime changed{};

    bool operator==(const FileIdentity&) const = default;
};

// What is there now. Cost: one system call by path.
// Errors    anything but that there is no file: the state folder cannot be searched, ….
[[nodiscard]] Result<FileIdentity> identify(const std::string& path);

struct UserText {
    FileIdentity identity;
    std::string text;         // empty where there is no file
    io::Descriptor file;      // held: while it is, no other file can have its inode
    bool is_settled = false;  // false: it was changed so lately that it could change again without showing
};

// Reads it. May wait for a disk.
// Errors    denied: it may not be read, or others may read it. malformed: a link, or no regular file. too_large; ….
[[nodiscard]] Result<UserText> read_users(const std::string& path);

// To whom a state folder is given that root makes.
struct StateOwner {
    unsigned user = 0;
    unsigned group = 0;
};

// One change. Between open() and the end nobody else changes it: a lock on `users.lock` beside it, which ends with the
// process at the latest.
class UserFileChange {
public:
    // Makes the state folder where there is none, 0700, and the folders above it.
    // Errors    busy: another change takes longer than ten seconds. Those of read_users, of making and locking.
    [[nodiscard]] static Result<UserFileChange> open(const std::string& folder, StateOwner owner = {});

    // As they are, comments and broken ones among them; without their '\n'.
    std::vector<std::string> lines;

    // Puts `lines` in the place of what was there. When it has returned, every request that comes to a server from
    // then on is answered by them.
    [[nodiscard]] Result<void> commit();

private:
    UserFileChange() = default;
    io::Descriptor folder_;
    io::Descriptor lock_;
    unsigned owner_ = 0;
    unsigned group_ = 0;
};

}  // namespace cais::auth
