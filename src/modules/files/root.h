// The directory that is served. The kernel resolves every path beneath it: no string is ever searched for `..`.
#pragma once
#include "base/result.h"
#include "http/open_file.h"
#include "io/descriptor.h"

#include <memory>
#include <string>

struct statx;

namespace cais::files {

// Whether a call may wait for a disk: on the loop it may not, on the pool it may.
enum class Blocking : unsigned char { no, yes };

// Its copies are the same root: jobs on the pool hold one, and may outlive the handler that began them.
class Root {
public:
    // Errors    not_found, denied: the directory cannot be opened. unsupported: this kernel, or what confines this
    //           process, has no openat2.
    [[nodiscard]] static Result<Root> open(const std::string& directory);

    // Opens for reading what lies at `path`, which is relative: "a/b.txt", "." for the root itself. Relative symbolic
    // links are followed as long as none leaves the root; absolute ones, and those that leave and come back, are denied
    // (openat2 with RESOLVE_BENEATH). Opening never waits for the other end of a FIFO, nor makes a terminal ours.
    // Errors    busy: with Blocking::no, it would have to wait for a disk; else the tree changes under it all the time.
    //           not_found; without an errno where something is there that is neither a file nor a folder. denied: by
    //           permissions (EACCES) or by the rule above. too_large: no name is that long. exhausted, ….
    [[nodiscard]] Result<io::Descriptor> open_file(const char* path, Blocking blocking) const;

    // Opens what lies at `path` with O_PATH, to look at; -1 where it leads nowhere. May wait.
    [[nodiscard]] int look(const char* path) const noexcept;

    // What lies at `path` now, followed as the kernel would without a root: only to compare with what was opened.
    // False where there is nothing.
    [[nodiscard]] bool status(const char* path, struct ::statx& to) const noexcept;

    // Where another directory has taken the place of the one that was opened, as when a site is built anew, that one is
    // the root from here on; where none has, nothing changes. Cost: one statx. What others open meanwhile is opened
    // beneath the one or the other.
    void follow() noexcept;

private:
    struct Directory {
        io::Descriptor descriptor;
        std::string name;
    };
    explicit Root(Directory directory)
        : directory_(std::make_shared<const Directory>(std::move(directory)))
        , fd_(directory_->descriptor.get())
    {
    }
    std::shared_ptr<const Directory> directory_;
    int fd_;  // its number, which never changes
};

}  // namespace cais::files
