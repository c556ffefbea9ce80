#include "modules/auth/user_file.h"

#include "modules/auth/users.h"

#include <cerrno>
#include <chrono>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::auth {
namespace {

using namespace std::chrono_literals;

// Times of files come from a clock that ticks every few milliseconds.
constexpr base::Duration tick = 20ms;
constexpr base::Duration longest_lock = 10s;
constexpr const char* file_name = "users";
constexpr const char* new_name = "users.new";
constexpr const char* lock_name = "users.lock";

base::WallTime time_of(const timespec& time)
{
    return base::WallTime(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

FileIdentity identity_of(const struct ::stat& status)
{
    return {true,
            status.st_dev,
            status.st_ino,
            static_cast<std::uint64_t>(status.st_size),
            time_of(status.st_mtim),
            time_of(status.st_ctim)};
}

Result<std::string> read_whole(int fd)
{
    std::string text;
    for (;;) {
        const std::size_t had = text.size();
        if (had > largest_file) return fail(Error::too_large, "`users` is larger than 16 MiB");
        text.resize(had + 64 * 1024);
        const ssize_t got = ::read(fd, text.data() + had, text.size() - had);
        if (got < 0 && errno == EINTR) {
            text.resize(had);
            continue;
        }
        if (got < 0) return fail_errno("read `users`");
        text.resize(had + static_cast<std::size_t>(got));
        if (got == 0) return text;
    }
}

Result<UserText> read_users_at(int folder, const char* path)
{
    for (int attempt = 0;; ++attempt) {
        UserText result;
        // O_NONBLOCK: a FIFO in its place must not hold us.
        result.file = io::Descriptor(::openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        if (!result.file) {
            if (errno == ENOENT) {
                result.is_settled = true;
                return result;
            }
            if (errno == ELOOP) return fail(Error::malformed, "`users` is a symbolic link, which is not followed");
            return fail_errno("open `users`");
        }
        struct stat before{};
        struct stat after{};
        if (::fstat(result.file.get(), &before) != 0) return fail_errno("look at `users`");
        if (!S_ISREG(before.st_mode)) return fail(Error::malformed, "`users` is no regular file");
        if ((before.st_mode & 07) != 0)
            return fail(Error::denied, "`users` may be read or written by everybody: chmod 600 it");
        auto text = read_whole(result.file.get());
        if (!text) return std::unexpected(text.error());
        if (::fstat(result.file.get(), &after) != 0) return fail_errno("look at `users`");
        result.identity = identity_of(after);
        // Somebody writes it in place, against all advice: once more.
        const bool is_still = identity_of(before) == result.identity && text->size() == result.identity.size;
        if (!is_still && attempt < 3) continue;
        if (!is_still) return fail(Error::busy, "`users` changes while it is read");
        result.text = std::move(*text);
        const auto age = base::wall_now() - result.identity.changed;
        result.is_settled = age > tick || age < -1min;  // a clock that was put back is not waited for
        return result;
    }
}

Result<void> write_whole(int fd, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t put = ::write(fd, text.data(), text.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return fail_errno("write `users.new`");
        text.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

Result<io::Descriptor> open_state(const std::string& folder, StateOwner owner)
{
    bool is_new = false;
    int why = 0;
    for (std::size_t at = 1; at != std::string::npos;) {
        at = folder.find('/', at + 1);
        is_new = ::mkdir(folder.substr(0, at).c_str(), 0700) == 0;
        if (!is_new && errno != EEXIST) why = errno;
    }
    io::Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened && errno == ENOENT && why != 0) return fail_errno("make the state folder", why);
    if (!opened) return fail_errno("open the state folder");
    if (is_new && ::geteuid() == 0 && ::fchown(opened.get(), owner.user, owner.group) != 0)
        return fail_errno("give the state folder to its owner");
    return opened;
}

// The lock is given away only by who made it: what lies there under its name may be anybody's file.
Result<io::Descriptor> open_lock(int folder, unsigned owner, unsigned group)
{
    constexpr int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    io::Descriptor lock(::openat(folder, lock_name, flags | O_CREAT | O_EXCL, 0600));
    if (lock && ::geteuid() == 0 && ::fchown(lock.get(), owner, group) != 0)
        return fail_errno("give `users.lock` to its owner");
    if (!lock && errno == EEXIST) lock = io::Descriptor(::openat(folder, lock_name, flags));
    if (!lock) return fail_errno("open `users.lock`");
    return lock;
}

}  // namespace

Result<FileIdentity> identify(const std::string& path)
{
    struct stat status{};
    if (::lstat(path.c_str(), &status) == 0) return identity_of(status);
    if (errno == ENOENT) return FileIdentity{};
    return fail_errno("look at `users`");
}

Result<UserText> read_users(const std::string& path) { return read_users_at(AT_FDCWD, path.c_str()); }

Result<UserFileChange> UserFileChange::open(const std::string& folder, StateOwner owner)
{
    UserFileChange change;
    auto opened = open_state(folder, owner);
    if (!opened) return std::unexpected(opened.error());
    change.folder_ = std::move(*opened);
    struct stat status{};
    if (::fstat(change.folder_.get(), &status) != 0) return fail_errno("look at the state folder");
    change.owner_ = status.st_uid;
    change.group_ = status.st_gid;

    auto lock = open_lock(change.folder_.get(), change.owner_, change.group_);
    if (!lock) return std::unexpected(lock.error());
    change.lock_ = std::move(*lock);
    const auto until = base::now() + longest_lock;
    while (::flock(change.lock_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return fail_errno("lock `users.lock`");
        if (base::now() >= until) return fail(Error::busy, "another command is changing `users`");
        std::this_thread::sleep_for(20ms);
    }

    auto read = read_users_at(change.folder_.get(), file_name);
    if (!read) return std::unexpected(read.error());
    if (read->identity.exists && ::fstat(read->file.get(), &status) == 0) {
        // What root reads here is written again for the owner of the folder, who may have put it here by a link.
        if (::geteuid() == 0 && status.st_nlink != 1)
            return fail(Error::denied, "`users` has another name, too (a hard link)");
        change.owner_ = status.st_uid;
        change.group_ = status.st_gid;
    }
    for (std::string_view rest = read->text; !rest.empty();) {
        const auto end = rest.find('\n');
        change.lines.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    }
    return change;
}

Result<void> UserFileChange::commit()
{
    std::string text;
    for (const auto& line : lines) (text += line) += '\n';
    if (text.size() > largest_file) return fail(Error::too_large, "`users` would be larger than 16 MiB");

    const int folder = folder_.get();
    if (::unlinkat(folder, new_name, 0) != 0 && errno != ENOENT) return fail_errno("remove an old `users.new`");
    io::Descriptor file(::openat(folder, new_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return fail_errno("make `users.new`");
    const auto fails = [&](std::unexpected<Error> error) -> Result<void> {
        ::unlinkat(folder, new_name, 0);
        return error;
    };
    if (::fchmod(file.get(), 0600) != 0) return fails(fail_errno("set the mode of `users.new`"));
    if (::geteuid() == 0 && ::fchown(file.get(), owner_, group_) != 0)
        return fails(fail_errno("give `users.new` to its owner"));
    if (auto written = write_whole(file.get(), text); !written) return fails(std::unexpected(written.error()));
    if (::fsync(file.get()) != 0) return fails(fail_errno("sync `users.new`"));
    if (::renameat(folder, new_name, folder, file_name) != 0) return fails(fail_errno("rename `users.new` to `users`"));
    if (::fsync(folder) != 0) return fail_errno("sync the state folder");
    return {};
}

}  // namespace cais::auth
