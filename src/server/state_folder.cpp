#include "server/state_folder.h"

#include "base/text.h"

#include <cerrno>
#include <fmt/format.h>
#include <memory>
#include <pwd.h>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::server {
namespace {

std::string message(int number) { return std::generic_category().message(number); }

std::unexpected<std::string> fails(const std::string& path, std::string_view what)
{
    std::string text = "state folder ";
    base::append_printable(text, path);
    return std::unexpected(std::move(text.append(": ").append(what)));
}

// What we touch in the folder we touch as its owner. This thread alone, and only while it is the one that there is, or
// the kernel's idea of who we are would be a matter of which thread asks.
class ActingAs {
public:
    explicit ActingAs(const Account& account)
        : is_other_(::geteuid() == 0 && account.user != 0)
    {
        if (!is_other_) return;
        has_failed_ = ::setegid(account.group) != 0 || ::seteuid(account.user) != 0;
    }
    ActingAs(const ActingAs&) = delete;
    ActingAs& operator=(const ActingAs&) = delete;
    ~ActingAs()
    {
        if (!is_other_) return;
        [[maybe_unused]] const bool is_back = ::seteuid(0) == 0 && ::setegid(0) == 0;
    }
    [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

private:
    bool is_other_;
    bool has_failed_ = false;
};

// All that is missing of the path; the last folder is for its owner alone. 0, or errno.
int make_folders(const std::string& path, bool& is_new)
{
    for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1))
        if (::mkdir(path.substr(0, at).c_str(), 0755) != 0 && errno != EEXIST) return errno;
    is_new = ::mkdir(path.c_str(), 0700) == 0;
    return is_new || errno == EEXIST ? 0 : errno;
}

bool is_empty(int folder)
{
    const int copy = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy < 0) return false;
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(copy), ::closedir);
    if (!entries) return ::close(copy), false;
    while (const dirent* entry = ::readdir(entries.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") return false;
    }
    return true;
}

pid_t holder_of(int lock)
{
    char text[24];
    const ssize_t got = ::pread(lock, text, sizeof text, 0);
    if (got <= 0) return 0;
    const std::string_view digits(text, static_cast<std::size_t>(got));
    const auto pid = base::parse_decimal(digits.substr(0, digits.find('\n')));
    return pid && *pid <= 0x7FFFFFFF ? static_cast<pid_t>(*pid) : 0;
}

}  // namespace

std::expected<StateFolder, std::string> StateFolder::open(const std::string& given, const Account& owner)
{
    std::string path = given;
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    bool is_new = false;
    if (const int number = make_folders(path, is_new)) return fails(path, "it cannot be made: " + message(number));
    io::Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat status{};
    if (!folder || ::fstat(folder.get(), &status) != 0) return fails(path, message(errno));
    if (status.st_uid != owner.user) {
        const bool may_be_given = ::geteuid() == 0 && status.st_uid == 0 && (is_new || is_empty(folder.get()));
        if (!may_be_given)
            return fails(path,
                         fmt::format("it belongs to another user than {}, who would work in it; `chown -R {}: {}` "
                                     "gives it away",
                                     owner.name, owner.name, path));
        if (::fchown(folder.get(), owner.user, owner.group) != 0 || ::fchmod(folder.get(), 0700) != 0)
            return fails(path, message(errno));
    } else if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return fails(path, "others may write in it; `chmod 0700` takes that away");
    }

    const ActingAs acting(owner);
    if (acting.has_failed()) return fails(path, "the server cannot act as " + owner.name + ": " + message(errno));
    io::Descriptor lock(::openat(folder.get(), "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600));
    if (!lock) return fails(path, "its lock cannot be opened: " + message(errno));
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return fails(path, "it cannot be locked: " + message(errno));
        const pid_t holder = holder_of(lock.get());
        return fails(path, holder > 0 ? fmt::format("another cais, process {}, uses it", holder)
                                      : std::string("another cais uses it"));
    }
    return StateFolder(std::move(path), std::move(folder), std::move(lock));
}

std::expected<StateFolder, std::string> StateFolder::inherit(const std::string& path, io::Descriptor lock,
                                                             const Account& owner)
{
    io::Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return fails(path, message(errno));
    struct stat held{};
    struct stat there{};
    const bool is_its = !lock || (::fstat(lock.get(), &held) == 0 &&
                                  ::fstatat(folder.get(), "lock", &there, AT_SYMLINK_NOFOLLOW) == 0 &&
                                  held.st_dev == there.st_dev && held.st_ino == there.st_ino);
    if (!is_its) return open(path, owner);
    return StateFolder(path, std::move(folder), std::move(lock));
}

void StateFolder::set_holder(pid_t holder) const
{
    const std::string text = std::to_string(holder) + "\n";
    [[maybe_unused]] const bool is_done =
        ::ftruncate(lock_.get(), 0) == 0 && ::pwrite(lock_.get(), text.data(), text.size(), 0) > 0;
}

std::expected<Account, std::string> find_account(const std::string& name)
{
    const passwd* entry = ::getpwnam(name.c_str());
    if (entry == nullptr) {
        const auto number = base::parse_decimal(name);
        if (number && *number <= 0xFFFFFFFE) entry = ::getpwuid(static_cast<uid_t>(*number));
    }
    if (entry == nullptr) return std::unexpected("there is no user " + name + " on this machine");
    return Account{entry->pw_uid, entry->pw_gid, entry->pw_name};
}

Account own_account()
{
    const passwd* entry = ::getpwuid(::geteuid());
    return {::geteuid(), ::getegid(), entry == nullptr ? std::to_string(::geteuid()) : std::string(entry->pw_name)};
}

}  // namespace cais::server
