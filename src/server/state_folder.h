// The state folder while a server uses it: made where it is missing (0700), and locked, so that no second server works
// on the same certificates and users. The lock is a file, `lock`, with the holder's process id in it for people; it is
// held by the open descriptor (flock), so that it goes by itself with the last process that has it, and changes hands
// by inheriting the descriptor.
#pragma once
#include "io/descriptor.h"

#include <expected>
#include <string>

#include <sys/types.h>

namespace cais::server {

// Who works in the folder.
struct Account {
    uid_t user = 0;
    gid_t group = 0;
    std::string name;
};

class StateFolder {
public:
    // Makes, opens and locks it. A root that starts the server for `owner` looks at it as that user would, and gives it
    // away where it is new, so that no link which the user put there leads it astray.
    // Errors    a sentence: it cannot be made or belongs to somebody else; another server has it, whose process it
    //           names.
    [[nodiscard]] static std::expected<StateFolder, std::string> open(const std::string& path, const Account& owner);
    // One whose lock was inherited, or is held by another process for this one (an empty `lock`); where it is the lock
    // of another folder, this one is opened.
    [[nodiscard]] static std::expected<StateFolder, std::string> inherit(const std::string& path, io::Descriptor lock,
                                                                         const Account& owner);

    // Writes who holds it.
    void set_holder(pid_t holder) const;

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] int folder() const noexcept { return folder_.get(); }
    [[nodiscard]] int lock() const noexcept { return lock_.get(); }
    // Lets go of the lock without ending the process: somebody else has the descriptor too.
    void let_go() noexcept { lock_.close(); }

private:
    StateFolder(std::string path, io::Descriptor folder, io::Descriptor lock)
        : path_(std::move(path))
        , folder_(std::move(folder))
        , lock_(std::move(lock))
    {
    }
    std::string path_;
    io::Descriptor folder_;
    io::Descriptor lock_;
};

// Who is called so, or whose number it is.
// Errors    a sentence: there is no such user.
[[nodiscard]] std::expected<Account, std::string> find_account(const std::string& name);
// Whom this process runs as.
[[nodiscard]] Account own_account();

}  // namespace cais::server
